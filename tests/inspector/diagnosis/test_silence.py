import pytest

from hookscope.diagnosis.silence import check_codes, silenced
from hookscope_relay.errors import InputError


def test_every_configuration_file_may_silence_rules():
    user, project = {"diagnosis": {"silence": ["csrf.refused"]}}, {"diagnosis": {"silence": ["order"]}}
    assert silenced(user, project, {}) == {"csrf.refused", "order"}


@pytest.mark.parametrize("section", [{"silence": "csrf"}, {"silence": [1]}, "csrf"])
def test_what_is_no_list_of_codes_is_refused(section):
    with pytest.raises(InputError, match="must be a list"):
        silenced({"diagnosis": section})


@pytest.mark.parametrize("codes", [["csrf.refused"], ["csrf"], ["csrf.*"], []])
def test_codes_and_families_are_known(codes):
    check_codes(codes)


def test_a_misspelt_code_is_refused_with_the_one_that_was_meant():
    with pytest.raises(InputError, match=r"did you mean csrf\.refused"):
        check_codes(["csrf.refuzed"])

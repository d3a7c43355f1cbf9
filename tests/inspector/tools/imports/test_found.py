from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.tools.imports.found import Found, attempt, gather, refuse_file
from hookscope_relay.errors import InputError


def test_what_was_found_is_gathered_in_order_and_notes_once() -> None:
    one, other = (Capture(delivery=make_delivery(body=body)) for body in (b"1", b"2"))
    problem = InputError("a")
    whole = gather(Found((one,), notes=("n",)), Found(problems=(problem,)), Found((other,), notes=("n", "m")))
    assert whole == Found((one, other), (problem,), ("n", "m"))


def test_a_problem_is_found_as_well() -> None:
    def fail() -> Found:
        raise InputError("a")

    assert [str(problem) for problem in attempt(fail).problems] == ["a"]
    assert attempt(Found) == Found()


def test_no_file_is_read_unasked() -> None:
    with pytest.raises(InputError, match="'/etc/passwd', which is not read unasked; give --follow-files"):
        refuse_file("the command")("/etc/passwd")

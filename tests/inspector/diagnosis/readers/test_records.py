from __future__ import annotations

import pytest

from hookscope.diagnosis.readers.records import is_of_a_record, missing_record


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Order not found", ("Order not found", False)),
        ("No record found for id 7", ("No record found", False)),
        ("customer cus_81 not found", ("customer cus_81 not found", True)),
        ("Document with signature field not found", ("signature field not found", False)),
        ("The requested URL was not found", None),
        ("No such thing", None),
        ("Cannot POST /hook", None),
    ],
)
def test_a_record_is_told_from_a_route(said: str, found: tuple[str, bool] | None) -> None:
    record = missing_record(said)
    assert (record is None) == (found is None)
    if record is not None and found is not None:
        assert record[1] is found[1]
        assert record[0] in said


@pytest.mark.parametrize(
    ("status", "said", "of_a_record"),
    [
        (404, "Document with signature field not found", True),
        (400, "Document with signature field not found", True),
        (404, "signature not found", False),
        (404, "invalid signature", False),
        (400, "signature field is required", False),
        (401, "request with a missing signature", False),
    ],
)
def test_words_about_a_signature_may_belong_to_a_record(status: int, said: str, of_a_record: bool) -> None:
    words = said if "field" not in said else "signature"
    assert is_of_a_record(status, said, words) is of_a_record

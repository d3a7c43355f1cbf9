"""What a body becomes on the way through gateways: each form byte for byte."""

from __future__ import annotations

import base64

import pytest

from hookscope.signatures.mistakes.of_gateways import MAX_BYTES, ascii_mistakes, base64_mistakes, decode_text

# Two bytes in UTF-8, three, and four that are two units of UTF-16.
BODY = '{"t":"aé€😀"}'.encode()


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("a ? for each byte that is not ASCII", b'{"t":"a?????????"}'),
        ("a space for each byte that is not ASCII", b'{"t":"a         "}'),
        ("nothing for each byte that is not ASCII", b'{"t":"a"}'),
        ("U+FFFD for each byte that is not ASCII", ('{"t":"a' + "\ufffd" * 9 + '"}').encode()),
        ("the highest bit of each byte dropped", b'{"t":"aC)b\x02,p\x1f\x18\x00"}'),
        ("a ? for each UTF-16 unit that is not ASCII", b'{"t":"a????"}'),
        ("U+FFFD for each UTF-16 unit that is not ASCII", ('{"t":"a' + "\ufffd" * 4 + '"}').encode()),
        ("the low byte of each UTF-16 unit", b'{"t":"a\xe9\xac=\x00"}'),
    ],
)
def test_a_body_that_was_taken_for_ascii(detail: str, expected: bytes) -> None:
    assert {what: form for _, what, form in ascii_mistakes(BODY)}[detail] == expected


def test_ascii_has_no_such_forms() -> None:
    assert list(ascii_mistakes(b'{"a":1}')) == []


def test_a_body_in_base64_is_decoded_in_every_spelling() -> None:
    text = base64.b64encode(BODY)
    spellings = (text, text.rstrip(b"="), b'"' + text + b'"', base64.urlsafe_b64encode(BODY), base64.encodebytes(BODY))
    assert [decode_text(one) for one in spellings] == [BODY] * 5
    assert [decode_text(one) for one in (b"abc", b"{}", b"abcdefghi", b"abcd=efghijk", b"YWJjZGVmZ2g===")] == [None] * 5


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"isBase64Encoded":true,"body":"%b"}' % base64.b64encode(BODY), BODY),
        (b'{"body":"{}"}', b"{}"),
        (base64.b64encode(base64.b64encode(BODY)), BODY),
        (b"data:application/json;base64," + base64.b64encode(BODY), BODY),
        (BODY, b'"' + base64.b64encode(BODY) + b'"'),
    ],
    ids=["event in Base64", "event with text", "twice", "data URL", "decoded on its way"],
)
def test_a_body_that_a_gateway_packed_or_unpacked(body: bytes, form: bytes) -> None:
    assert form in [one for _, _, one in base64_mistakes(body)]


@pytest.mark.parametrize("body", [b"", bytes(MAX_BYTES + 1)], ids=["empty", "too large"])
def test_of_nothing_and_of_too_much_there_is_no_form(body: bytes) -> None:
    assert list(base64_mistakes(body)) == []


def test_an_event_without_a_body_of_text_is_no_event() -> None:
    assert len(list(base64_mistakes(b'{"body":1}'))) == len(list(base64_mistakes(b"{}")))

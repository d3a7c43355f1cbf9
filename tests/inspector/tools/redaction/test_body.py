from __future__ import annotations

import gzip

import pytest

from hookscope.tools.redaction import sweep as sweep_module
from hookscope.tools.redaction.body import SweptBody, sweep_body
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.rules import Rules
from hookscope.tools.redaction.sweep import Sweep
from hookscope_relay.delivery import Headers

SECRET = b"correct horse battery"
PLAIN = b'{"password":"' + SECRET + b'","x":1.0}'


def swept(body: bytes, *headers: tuple[str, str]) -> SweptBody:
    return sweep_body(Sweep(Placeholders(b"k"), Rules()), headers, body, "")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PLAIN, "application/json"),
        (PLAIN, "text/plain"),
        (PLAIN, "application/x-www-form-urlencoded"),
        (PLAIN, ""),
        (b"\n" + PLAIN, "application/vnd.api+json"),
        (b"a=1&password=" + SECRET.replace(b" ", b"+"), "application/x-www-form-urlencoded"),
        (b"a=1&password=" + SECRET.replace(b" ", b"%20"), ""),
        (b"<x><password>" + SECRET + b"</password></x>", "application/xml"),
        (b"password: '" + SECRET + b"'", "text/yaml"),
        (b"\xef\xbb\xbf" + PLAIN, "application/json"),
        (PLAIN + b"\xff", "application/json"),
        (b"\x00\x01" + PLAIN, "application/octet-stream"),
        (b"--b\r\n\r\n" + PLAIN, "multipart/form-data; boundary=b"),
        (PLAIN, "multipart/form-data"),
    ],
)
def test_a_secret_is_found_in_every_kind_of_body(body: bytes, content_type: str) -> None:
    new = swept(body, ("Content-Type", content_type)).body
    assert SECRET not in new
    assert SECRET.replace(b" ", b"+") not in new
    assert b"redacted-" in new


def test_a_packed_body_with_a_secret_is_kept_unpacked() -> None:
    headers: Headers = (("Content-Encoding", "gzip"), ("Content-Type", "application/json"))
    result = swept(gzip.compress(PLAIN), *headers)
    assert result.headers == headers[1:]
    assert result.body.startswith(b'{"password":"redacted-')


def test_a_packed_body_without_a_secret_keeps_every_byte() -> None:
    body = gzip.compress(b'{"x":1}')
    assert swept(body, ("Content-Encoding", "gzip")) == SweptBody(body, (("Content-Encoding", "gzip"),))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"not gzip", (("Content-Encoding", "gzip"),)),
        (gzip.compress(PLAIN)[:-9], (("Content-Encoding", "gzip"),)),
        (gzip.compress(b"0" * 90_000_000), (("Content-Encoding", "gzip"),)),
        (PLAIN, (("Content-Encoding", "nonsense"),)),
        (PLAIN.decode().encode("utf-16"), ()),
        (PLAIN.decode().encode("utf-16-le"), (("Content-Type", "application/json; charset=UTF-16LE"),)),
    ],
    ids=["not gzip", "cut off", "a bomb", "an unknown encoding", "UTF-16", "UTF-16 by its charset"],
)
def test_a_body_that_cannot_be_looked_into_is_left_out(body: bytes, headers: Headers) -> None:
    result = swept(body, *headers)
    assert result.body == b""
    assert result.unreadable


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b'{"x":"y"}'])
def test_other_bodies_are_the_same_object(body: bytes) -> None:
    assert swept(body).body is body


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("text/plain", b"https://a:b@ "),
        ("application/json", b'{"token":"abcdefgh1"}\n'),
        ("text/plain", b"a@b.example "),
    ],
    ids=["by shape", "by name", "addresses"],
)
def test_a_body_of_secrets_without_end_is_left_out(kind: str, one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "MAX_SECRETS", 50)
    headers = (("Content-Type", kind),)
    kept = sweep_body(Sweep(Placeholders(b"k"), Rules()), headers, one * 40, "")
    assert (kept.unreadable, bool(kept.body)) == ("", True)
    assert kept.body != one * 40
    left = sweep_body(Sweep(Placeholders(b"k"), Rules()), headers, one * 60, "")
    assert (left.body, left.unreadable) == (b"", "it holds more than 50 secrets")
    # What is no body has no bound: nothing stands in its place.
    assert Sweep(Placeholders(b"k"), Rules()).loose((one * 60).decode(), "").count("redacted") == 60


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("application/x-www-form-urlencoded", b"a@b=abcdefg%20&"),
        ("application/json", b"[[1]]\n"),
        ("application/json", b"1\n\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'),
    ],
    ids=["pairs", "tokens", "lines", "parts"],
)
def test_a_body_of_values_without_end_is_left_out(kind: str, one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "MAX_LOOKS", 600)
    headers = (("Content-Type", kind),)
    few, many = (sweep_body(Sweep(Placeholders(b"k"), Rules()), headers, one * count, "") for count in (40, 700))
    assert (few.unreadable, few.body) == ("", one * 40)
    assert (many.unreadable, many.body) == ("it is made of more than 600 values", b"")

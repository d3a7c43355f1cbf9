from __future__ import annotations

import json

import pytest

from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.rules import Rules
from hookscope.tools.redaction.sweep import AND_MORE, MAX_PLACES, Sweep

STAND = Placeholders(b"k")


def sweep(**rules: object) -> Sweep:
    return Sweep(STAND, Rules(**rules))  # type: ignore[arg-type]  # the test's own words


@pytest.mark.parametrize(
    ("name", "value", "kept", "secrets"),
    [
        ("Authorization", "Bearer abc", "Bearer {}", ["abc"]),
        ("authorization", "abc def", "{}", ["abc def"]),
        ("Proxy-Authorization", "basic  YTpi", "basic  {}", ["YTpi"]),
        ("X-Api-Key", "k", "{}", ["k"]),
        ("Cookie", "a=1; b", "a={}; {}", ["1", "b"]),
        ("Cookie", "sid=abc", "sid={}", ["abc"]),
        ("Set-Cookie", "sid=abc; Path=/; Secure", "sid={}; Path=/; Secure", ["abc"]),
        ("Referer", "https://u:pw@h/?token=t", "https://u:{}@h/?token={}", ["pw", "t"]),
        ("X-Tenant", "corp", "{}", ["corp"]),
    ],
)
def test_headers(name: str, value: str, kept: str, secrets: list[str]) -> None:
    one = sweep(headers=frozenset({"x-tenant"}))
    expected = kept.format(*map(STAND.text, secrets))
    assert one.header(name, value, "here") == expected
    assert list(one.places) == ["here"]
    assert sweep(headers=frozenset({"x-tenant"})).header(name, expected, "here") == expected


@pytest.mark.parametrize(
    "name", ["X-Notion-Signature", "Stripe-Signature", "Content-Type", "X-Request-Id", "Idempotency-Key"]
)
def test_other_headers_stay(name: str) -> None:
    one = sweep()
    assert one.header(name, "t=1,v1=0123456789abcdef", "") == "t=1,v1=0123456789abcdef"
    assert not one.places


@pytest.mark.parametrize(
    ("target", "changed"),
    [
        ("/a%2Fb/?x=%20&y=+", None),
        ("", None),
        ("/\xff?\xff", None),
        ("/h?Token=abc&x=1", "/h?Token={}&x=1"),
        ("/h?user%5Bpassword%5D=abc", "/h?user%5Bpassword%5D={}"),
        ("/h?code=1&email=ann%40corp.example", "/h?code=1&email={}%40example.com"),
    ],
)
def test_targets(target: str, changed: str | None) -> None:
    value = "ann@corp.example" if "email" in target else "abc"
    expected = target if changed is None else changed.format(STAND.text(value))
    assert sweep().target(target, "") == expected


def test_a_field_of_the_users_own_is_redacted_whatever_its_type() -> None:
    one = sweep(fields=frozenset({"iban"}))
    new = json.loads(one.json('{"IBAN":"DE1","x":{"iban":12},"y":"DE1"}', "body:"))
    assert (new["IBAN"], one.stand.stands_number(str(new["x"]["iban"])), new["y"]) == (STAND.text("DE1"), True, "DE1")
    assert list(one.places) == ["body:/IBAN", "body:/x/iban"]


def test_lines_of_json_are_read_each() -> None:
    one = sweep()
    new = one.json('{"password":"a b"}\n{"x":1,"password":"c d"}\n', "body:")
    assert list(one.places) == ["body:/password"]
    assert "a b" not in new
    assert "c d" not in new
    assert new.endswith("}\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"password":"a b", ',
        '{"a":1,} "password": "a b"',
        "[" * 600 + '{"password":"a b"}',
        '{"p":"{\\"password\\": \\"a b\\""',
    ],
)
def test_broken_json_loses_its_secrets_too(text: str) -> None:
    assert "a b" not in sweep().json(text, "body:")


def test_places_are_bounded() -> None:
    one = sweep()
    for number in range(MAX_PLACES + 10):
        one.header("Authorization", f"Bearer {number}", f"header {number}")
    assert len(one.places) == MAX_PLACES + 1
    assert AND_MORE in one.places


def test_names_and_values_in_parts() -> None:
    body = (
        b'pre\r\n--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ncorrect horse\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.bin"\r\n\r\n\x00\xff\xfe\r\n--b--\r\npost'
    )
    one = sweep()
    assert one.multipart("multipart/form-data; boundary=b", body, "") == body.replace(
        b"correct horse", STAND.text("correct horse").encode()
    )
    assert list(one.places) == ["part:password"]

from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.forward.request import build_request, changed, render_head
from hookscope.model.capture import SentRequest
from hookscope.model.handler import Handler, parse_handler
from hookscope_relay.delivery import Delivery, Headers
from hookscope_relay.errors import InputError

HANDLER = parse_handler("localhost:3000")
OURS = (
    ("X-Forwarded-For", "203.0.113.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "hooks.example"),
    ("Hookscope-Delivery", "01jd0000000000000000000000"),
    ("Hookscope-Origin", "live"),
)


def delivery(headers: Headers = (("Host", "hooks.example"),), body: bytes = b"", **fields: str) -> Delivery:
    made = Delivery(
        id="01jd0000000000000000000000",
        received_at=0.0,
        method="POST",
        target="/a",
        headers=headers,
        body=body,
        remote="203.0.113.7",
    )
    return replace(made, **fields)


def sent(made: Delivery, handler: Handler = HANDLER, **options: object) -> SentRequest:
    return build_request(made, handler, **{"origin": "live", **options})  # type: ignore[arg-type]


def passed_on(headers: Headers, body: bytes = b"") -> Headers:
    """The headers before ours, with Host left out where the sender gave none."""
    request = sent(delivery(headers, body, url="https://hooks.example"))
    assert request.headers[-len(OURS) :] == OURS
    kept = request.headers[: -len(OURS)]
    return kept if any(name.lower() == "host" for name, _ in headers) else kept[1:]


@pytest.mark.parametrize(
    "headers",
    [
        (("x-b", "2"), ("X-A", "1"), ("X-C", "3")),
        (("X-A", "1"), ("X-A", "1"), ("x-a", "2"), ("X-a", "")),
        (("X-Empty", ""),),
        (("X-Latin", "caf\xe9"), ("X-Utf8", "caf\xc3\xa9"), ("X-High", "".join(map(chr, range(0x80, 0x100))))),
        tuple((f"X-{number}", str(number)) for number in range(100)),
        (("X-Long", "v" * 8190),),
        (("Authorization", "Basic eDp5"), ("Cookie", "a=b"), ("Cookie", "c=d")),
        (("Via", "1.1 edge"), ("X-Real-IP", "192.0.2.1"), ("X-Forwarded-Prefix", "/x")),
        (("Content-Type", 'multipart/form-data; boundary="x y"'),),
        (("accept-ENCODING", "gzip, br"),),
    ],
)
def test_end_to_end_headers_keep_order_case_repeats_and_bytes(headers: Headers) -> None:
    assert passed_on(headers) == headers


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ((("Connection", "close"), ("X-A", "1")), (("X-A", "1"),)),
        ((("Connection", "keep-alive, X-Hop"), ("x-hop", "1"), ("X-A", "1")), (("X-A", "1"),)),
        ((("Connection", "content-type"), ("Content-Type", "a/b")), (("Content-Type", "a/b"),)),
        (
            (("Keep-Alive", "5"), ("TE", "trailers"), ("Trailer", "X"), ("Upgrade", "h2c"), ("Proxy-Connection", "x")),
            (),
        ),
        ((("Expect", "100-continue"), ("X-A", "1")), (("X-A", "1"),)),
        ((("X-Forwarded-For", "10.0.0.1"), ("x-forwarded-host", "evil"), ("X-FORWARDED-PROTO", "http")), ()),
        ((("X-Forwarded-Port", "1"), ("Forwarded", "for=10.0.0.1")), ()),
        ((("Hookscope-Delivery", "x"), ("hookscope-anything", "y"), ("Hookscopes", "z")), (("Hookscopes", "z"),)),
    ],
)
def test_what_belongs_to_one_connection_and_what_is_ours_to_say_stays_behind(headers: Headers, kept: Headers) -> None:
    assert passed_on(headers) == kept


@pytest.mark.parametrize(
    ("headers", "body", "kept"),
    [
        ((("X-A", "1"),), b"", (("X-A", "1"),)),
        ((("Content-Length", "0"),), b"", (("Content-Length", "0"),)),
        ((("content-LENGTH", "3"), ("X-A", "1")), b"abc", (("content-LENGTH", "3"), ("X-A", "1"))),
        ((("Content-Length", "0003"),), b"abc", (("Content-Length", "0003"),)),
        ((("content-length", "99"), ("X-A", "1")), b"abc", (("content-length", "3"), ("X-A", "1"))),
        ((("Content-Length", "3"), ("X-A", "1")), b"", (("Content-Length", "0"), ("X-A", "1"))),
        ((("Content-Length", "x"),), b"abc", (("Content-Length", "3"),)),
        ((("Content-Length", "9" * 10000),), b"abc", (("Content-Length", "3"),)),
        ((("Content-Length", "\xb3"),), b"abc", (("Content-Length", "3"),)),
        ((("Content-Length", "3"), ("content-length", "4")), b"abc", (("Content-Length", "3"),)),
        (
            (("A", "1"), ("transfer-encoding", "chunked"), ("B", "2")),
            b"abc",
            (("A", "1"), ("Content-Length", "3"), ("B", "2")),
        ),
        ((("Transfer-Encoding", "chunked"),), b"", (("Content-Length", "0"),)),
        ((("Transfer-Encoding", "chunked"), ("Trailer", "X")), b"abc", (("Content-Length", "3"),)),
        (
            (("Transfer-Encoding", "chunked"), ("A", "1"), ("Content-Length", "3")),
            b"abc",
            (("A", "1"), ("Content-Length", "3")),
        ),
        ((("X-A", "1"),), b"abc", (("X-A", "1"), ("Content-Length", "3"))),
    ],
)
def test_a_body_travels_with_its_length_in_the_place_of_the_framing_it_came_with(
    headers: Headers, body: bytes, kept: Headers
) -> None:
    assert passed_on(headers, body) == kept


@pytest.mark.parametrize(
    ("headers", "preserve", "kept"),
    [
        (
            (("A", "1"), ("hOST", "hooks.example"), ("B", "2")),
            False,
            (("A", "1"), ("hOST", "localhost:3000"), ("B", "2")),
        ),
        ((("A", "1"),), False, (("Host", "localhost:3000"), ("A", "1"))),
        ((("Host", "a"), ("A", "1"), ("host", "b")), False, (("Host", "localhost:3000"), ("A", "1"))),
        ((("A", "1"), ("Host", "hooks.example")), True, (("A", "1"), ("Host", "hooks.example"))),
        ((("A", "1"),), True, (("Host", "localhost:3000"), ("A", "1"))),
    ],
)
def test_host_is_what_the_user_typed_in_the_sender_s_place(headers: Headers, preserve: bool, kept: Headers) -> None:
    request = sent(delivery(headers), preserve_host=preserve, forwarded=False)
    assert request.headers[:-2] == kept


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:5000", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:5000", "2001:db8::1"),
        ("[::1]", "::1"),
        ("unix", "unix"),
    ],
)
def test_the_sender_s_address_is_said_without_its_port(remote: str, said: str) -> None:
    assert ("X-Forwarded-For", said) in sent(delivery(remote=remote)).headers


@pytest.mark.parametrize(
    ("url", "said"), [("", "hooks.example"), ("https://public.example:8443/x/a?b=//c", "public.example:8443")]
)
def test_the_host_of_the_url_that_was_called_is_said_else_the_deliverys_own(url: str, said: str) -> None:
    assert ("X-Forwarded-Host", said) in sent(delivery(url=url)).headers


def test_what_is_unknown_is_not_said() -> None:
    names = [name for name, _ in sent(delivery((), id="", remote="", scheme="")).headers]
    assert names == ["Host", "Hookscope-Origin"]


def test_forwarded_headers_can_be_left_off_and_ours_stay() -> None:
    headers = sent(
        delivery((("X-Forwarded-For", "10.0.0.1"),)), forwarded=False, origin="replay", replay_of="01abc"
    ).headers
    assert headers == (
        ("Host", "localhost:3000"),
        ("Hookscope-Delivery", "01jd0000000000000000000000"),
        ("Hookscope-Origin", "replay"),
        ("Hookscope-Replay-Of", "01abc"),
    )


def test_the_target_is_the_handler_s_unless_another_is_given() -> None:
    handler = parse_handler("3000/hook")
    assert sent(delivery(target="/a?b"), handler).target == "/hook/a?b"
    assert sent(delivery(target="/"), handler, subdomain=True).target == "/hook"
    assert sent(delivery(target="/a?b"), handler, target="/other").target == "/other"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": "PO ST"}, "the method"),
        ({"method": ""}, "the method"),
        ({"method": "GET\r\nX: y"}, "the method"),
        ({"target": "a"}, "the target"),
        ({"target": "/a b"}, "the target"),
        ({"target": "/a\r\nX: y"}, "the target"),
        ({"target": "/\u20ac"}, "the target"),
        ({"headers": (("X Y", "1"),)}, "the header name"),
        ({"headers": (("X:", "1"),)}, "the header name"),
        ({"headers": (("", "1"),)}, "the header name"),
        ({"headers": (("X\r\nY", "1"),)}, "the header name"),
        ({"headers": (("X", "1\r\nY: 2"),)}, "the value of the header X"),
        ({"headers": (("X", "1\n"),)}, "the value of the header X"),
        ({"headers": (("X", "\x00"),)}, "the value of the header X"),
        ({"headers": (("X", "\u20ac"),)}, "the value of the header X"),
        ({"remote": "1.2.3.4\r\nX: y"}, "the value of the header X-Forwarded-For"),
    ],
)
def test_an_edit_that_no_request_can_carry_is_refused(change: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        sent(delivery(**change))  # type: ignore[arg-type]
    assert says in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("method", ["GET", "PURGE", "PROPFIND", "QUERY", "get", "M-SEARCH"])
@pytest.mark.parametrize("target", ["//a", "/%2F%2f%20+;?a??b", "/a?", "/\xe9", "/" + "a" * 4096])
def test_method_and_target_are_written_as_they_are(method: str, target: str) -> None:
    request = sent(delivery(method=method, target=target))
    line = render_head(request).split(b"\r\n")[0]
    assert line == f"{method} {target} HTTP/1.1".encode("latin-1")


def test_the_head_is_the_request_line_and_the_headers_in_latin_1() -> None:
    request = SentRequest(method="POST", target="/a", headers=(("X-a", "\xe9"), ("x-A", "")), body=b"ignored")
    assert render_head(request) == b"POST /a HTTP/1.1\r\nX-a: \xe9\r\nx-A: \r\n\r\n"


CHUNKED = (("Host", "x"), ("Connection", "close"), ("Transfer-Encoding", "chunked"), ("X-Forwarded-For", "10.0.0.1"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [((("Host", "x"), ("A", "1")), b""), (CHUNKED, b"abc"), ((("Expect", "100-continue"),), b"abc")],
)
def test_a_faithful_request_is_not_changed(headers: Headers, body: bytes) -> None:
    original = delivery(headers, body)
    assert not changed(original, sent(original))
    assert not changed(original, sent(original, forwarded=False, origin="replay", replay_of="x", preserve_host=True))


def test_the_handler_s_path_is_no_change() -> None:
    handler = parse_handler("3000/hook/")
    original = delivery()
    assert not changed(original, sent(original, handler), handler)
    assert not changed(
        delivery(target="/"), sent(delivery(target="/"), handler, subdomain=True), handler, subdomain=True
    )
    assert changed(original, sent(original, handler, target="/a"), handler)


@pytest.mark.parametrize(
    "edit",
    [
        {"method": "PUT"},
        {"target": "/a/"},
        {"body": b"abd"},
        {"headers": (("Host", "x"), ("A", "2"))},
        {"headers": (("Host", "x"), ("a", "1"))},
        {"headers": (("Host", "x"), ("A", "1"), ("A", "1"))},
        {"headers": (("Host", "x"),)},
    ],
)
def test_an_edit_is_a_change(edit: dict[str, object]) -> None:
    original = delivery((("Host", "x"), ("A", "1")), b"abc")
    assert changed(original, sent(replace(original, **edit)))  # type: ignore[arg-type]


def test_an_edited_host_is_no_change() -> None:
    original = delivery((("Host", "x"), ("A", "1")))
    assert not changed(original, sent(delivery((("Host", "y"), ("A", "1")))))


@pytest.mark.parametrize("forwarded", [True, False])
def test_what_the_relay_keeps_of_the_path_is_told(forwarded: bool) -> None:
    headers = (("Host", "x"), ("X-Forwarded-Prefix", "/evil"), ("X_Forwarded_Prefix", "/evil"))
    cut = replace(delivery(headers), url="https://hooks.example/abc/hook?a=1", target="/hook?a=1")
    said = [value for name, value in sent(cut, forwarded=forwarded).headers if "prefix" in name.lower()]
    assert said == (["/abc"] if forwarded else ["/evil", "/evil"])


def test_a_handlers_own_path_is_no_part_of_the_public_one() -> None:
    cut = replace(delivery((("Host", "x"),)), url="https://hooks.example/abc/hook", target="/hook")
    assert "X-Forwarded-Prefix" not in dict(sent(cut, target="/base/hook").headers)

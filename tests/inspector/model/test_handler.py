from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.model.handler import climbs, doubled_path, handler_target, has_dots, parse_handler, within
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "path", "host_header"),
    [
        ("3000", "http", "localhost", 3000, "", "localhost:3000"),
        (":3000", "http", "localhost", 3000, "", "localhost:3000"),
        ("3000/", "http", "localhost", 3000, "/", "localhost:3000"),
        ("3000/hooks/notion", "http", "localhost", 3000, "/hooks/notion", "localhost:3000"),
        (":3000/hooks", "http", "localhost", 3000, "/hooks", "localhost:3000"),
        ("localhost:3000", "http", "localhost", 3000, "", "localhost:3000"),
        ("127.0.0.1:8000", "http", "127.0.0.1", 8000, "", "127.0.0.1:8000"),
        ("App.Test:8000/x/", "http", "App.Test", 8000, "/x/", "App.Test:8000"),
        ("[::1]:3000", "http", "::1", 3000, "", "[::1]:3000"),
        ("[::1]:3000/x", "http", "::1", 3000, "/x", "[::1]:3000"),
        ("http://localhost", "http", "localhost", 80, "", "localhost"),
        ("http://localhost:80/", "http", "localhost", 80, "/", "localhost:80"),
        ("http://localhost:3000/a%2Fb//c", "http", "localhost", 3000, "/a%2Fb//c", "localhost:3000"),
        ("https://api.local", "https", "api.local", 443, "", "api.local"),
        ("https://api.local:8443/v1", "https", "api.local", 8443, "/v1", "api.local:8443"),
        ("HTTPS://api.local", "https", "api.local", 443, "", "api.local"),
        ("http://[::1]/x", "http", "::1", 80, "/x", "[::1]"),
        ("http://[::1]:3000/x", "http", "::1", 3000, "/x", "[::1]:3000"),
        ("3000/a@b:c", "http", "localhost", 3000, "/a@b:c", "localhost:3000"),
        (" 3000\n", "http", "localhost", 3000, "", "localhost:3000"),
        ("'http://localhost:3000/x'", "http", "localhost", 3000, "/x", "localhost:3000"),
        ('"localhost:3000"', "http", "localhost", 3000, "", "localhost:3000"),
        ("\u201clocalhost:3000\u201d", "http", "localhost", 3000, "", "localhost:3000"),
        ("<http://localhost:3000>", "http", "localhost", 3000, "", "localhost:3000"),
    ],
)
def test_every_form_of_a_handler_is_understood(
    text: str, scheme: str, host: str, port: int, path: str, host_header: str
) -> None:
    handler = parse_handler(text)
    assert (handler.scheme, handler.host, handler.port, handler.path) == (scheme, host, port, path)
    assert handler.host_header == host_header
    assert handler.url == f"{scheme}://{host_header}{path}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("'3000", "host name"),
        ("''", "is empty"),
        ("3000/a b", "space"),
        ("3000\\a", "backslash"),
        ("3000/\u00e9", "beyond ASCII"),
        ("\u0663000", "beyond ASCII"),
        ("0", "port '0'"),
        ("70000", "port '70000'"),
        ("123456789", "port"),
        ("localhost:0", "port '0'"),
        ("localhost:70000", "port '70000'"),
        ("localhost:http", "port 'http'"),
        ("http://localhost:", "port ''"),
        ("localhost:", "port ''"),
        ("localhost", "has no port"),
        ("localhost/x", "has no port"),
        ("[::1]", "has no port"),
        ("http://", "has no host"),
        ("http:///x", "has no host"),
        ("http://:3000", "has no host"),
        (":", "has no host"),
        ("/x", "has no host"),
        ("ftp://localhost", "begins with ftp://"),
        ("ws://localhost:3000", "begins with ws://"),
        ("http:/localhost:3000", "begins with http:/"),
        ("http//localhost:3000", "begins with http//"),
        ("https:localhost:3000", "begins with https:"),
        ("http:3000x", "port '3000x'"),
        ("http://user:pw@localhost:3000", "user name"),
        ("user@localhost:3000", "user name"),
        ("3000/x?y=1", "has a query"),
        ("3000?y", "has a query"),
        ("3000/x#y", "has a fragment"),
        ("::1:3000", "more than one colon"),
        ("::1", "more than one colon"),
        ("[::1", "brackets"),
        ("[::1]x:3000", "brackets"),
        ("[fe80::1%eth0]:3000", "brackets"),
        ("[127.0.0.1]:3000", "IPv6"),
        ("loc<alhost:3000", "host name"),
        ("http://3000", "only a number"),
        ("http://3000:3000/x", "only a number"),
    ],
)
def test_a_handler_that_makes_no_sense_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_handler(text)
    assert says in caught.value.what
    assert caught.value.remedy


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_handler_or_an_input_error(text: str) -> None:
    try:
        handler = parse_handler(text)
    except InputError:
        return
    assert 1 <= handler.port <= 65535
    assert parse_handler(handler.url) == handler


@pytest.mark.parametrize(
    ("typed", "tail", "target"),
    [
        ("3000", "", "/"),
        ("3000", "?", "/?"),
        ("3000", "?x=1", "/?x=1"),
        ("3000", "/", "/"),
        ("3000", "/a", "/a"),
        ("3000/", "", "/"),
        ("3000/", "/a", "/a"),
        ("3000/hook", "", "/hook"),
        ("3000/hook", "/", "/hook/"),
        ("3000/hook", "?x", "/hook?x"),
        ("3000/hook", "/a/b?x=1?y", "/hook/a/b?x=1?y"),
        ("3000/hook/", "", "/hook/"),
        ("3000/hook/", "/", "/hook/"),
        ("3000/hook/", "/a", "/hook/a"),
        ("3000/hook//", "/a", "/hook//a"),
        ("3000/hook", "//a", "/hook//a"),
        ("3000", "//evil.test/x", "//evil.test/x"),
        ("3000", "/a%2Fb%2fc%20d+e;f??g=%zz", "/a%2Fb%2fc%20d+e;f??g=%zz"),
        ("3000", "/a/../b/./c", "/a/../b/./c"),
        ("3000", "/x?next=/../..", "/x?next=/../.."),
    ],
)
def test_a_target_is_the_handler_s_path_and_the_tail_byte_for_byte(typed: str, tail: str, target: str) -> None:
    assert handler_target(parse_handler(typed), tail) == target


@pytest.mark.parametrize(
    ("typed", "tail", "target"),
    [
        ("3000", "/", "/"),
        ("3000/hook", "/", "/hook"),
        ("3000/hook", "/?x", "/hook?x"),
        ("3000/hook/", "/", "/hook/"),
        ("3000/hook", "//", "/hook//"),
        ("3000/hook", "/a", "/hook/a"),
    ],
)
def test_on_a_subdomain_a_lone_slash_counts_as_empty(typed: str, tail: str, target: str) -> None:
    assert handler_target(parse_handler(typed), tail, subdomain=True) == target


@pytest.mark.parametrize("tail", ["a", "http://evil.test/", "*", "..", "@evil.test/"])
def test_a_tail_without_a_leading_slash_is_refused(tail: str) -> None:
    with pytest.raises(InputError, match="does not begin with /"):
        handler_target(parse_handler("3000/hook"), tail)


CLIMBING = [
    "/..",
    "/../",
    "/../x",
    "/a/../..",
    "/a/../../b/c/d",
    "/./..",
    "//..",
    "/a//../..",
    "/%2e%2e/x",
    "/%2E%2e/x",
    "/.%2e",
    "/%2e.",
    "/..%2fx",
    "/a%2f..%2F..%2f",
    "\\..\\x",
    "/..\\x",
    "/a\\..\\..\\x",
    "/%5c..%5Cx",
    "/..%5cx",
    "/..;/x",
    "/..;a=b/x",
    "/../?x=1",
]
# Each was within for us, and not for a server that decodes twice, leaves `%2f` alone, or passes over what it cannot read.
CLIMBING += [
    "/%252e%252e/x",
    "/%252e./x",
    "/%25252e%25252e/x",
    "/..%255cx",
    "/a%2f..%2fb",
    "/a%2fb/../../c",
    "/a\\b/../../c",
    "/.%00./x",
    "/.%0d%0a./x",
    "/.%c2%ad./x",
    "/..%ff/x",
    "/%c0%ae%c0%ae/x",
    "/..%c0%afx",
    "/%e0%80%ae./x",
    "/%f0%80%80%ae./x",
    "/%ef%bc%8e%ef%bc%8e/x",
    "/%u002e%u002e/x",
    "/..%e2%88%95x",
    "/%%32%65%%32%65/x",
]
STAYING = [
    "",
    "/",
    "/a",
    "/a/..",
    "/a/../b",
    "/a/b/../../c",
    "/...",
    "/..a",
    "/a..",
    "/.",
    "/a/.",
    "/x?../..",
    "/?/../..",
    "/%2e%2e%2e",
    "/;..",
]


@pytest.mark.parametrize("tail", CLIMBING)
def test_dots_that_lead_above_the_root_climb_however_they_are_spelt(tail: str) -> None:
    assert climbs(tail)


@pytest.mark.parametrize("tail", STAYING)
def test_other_tails_do_not_climb(tail: str) -> None:
    assert not climbs(tail)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["..", ".", "", "a", "b.c"]), max_size=8), st.data())
def test_encoding_a_character_never_hides_a_climb(segments: list[str], data: st.DataObject) -> None:
    plain = "/" + "/".join(segments)
    ways = {char: st.sampled_from([char, f"%{ord(char):02x}", f"%{ord(char):02X}"]) for char in "./"}
    spelt = "".join(data.draw(ways[char]) if char in ways else char for char in plain)
    assert climbs(spelt) or not climbs(plain)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="./\\%2eE5cCfF;?a", max_size=24))
def test_a_tail_that_does_not_climb_stays_when_dots_are_resolved(text: str) -> None:
    from urllib.parse import unquote

    tail = "/" + text
    if not climbs(tail):
        depth = 0
        for segment in unquote(tail.partition("?")[0]).replace("\\", "/").split("/"):
            depth += {"..": -1, ".": 0, "": 0}.get(segment, 1)
            assert depth >= 0


@pytest.mark.parametrize(
    ("tail", "prefix", "expected"),
    [
        ("/webhooks", "/webhooks", True),
        ("/webhooks/", "/webhooks", True),
        ("/webhooks/notion?x=/..", "/webhooks", True),
        ("/webhooks?x", "/webhooks", True),
        ("/webhooks", "/webhooks/", True),
        ("/webhooks", "webhooks", True),
        ("/webhooks/a/../b", "/webhooks", True),
        ("/a/b/c", "/a/b", True),
        ("/anything", "/", True),
        ("/anything", "", True),
        ("", "/", True),
        ("", "/webhooks", False),
        ("?x", "/webhooks", False),
        ("/", "/webhooks", False),
        ("/webhooksx", "/webhooks", False),
        ("/Webhooks", "/webhooks", False),
        ("/web", "/webhooks", False),
        ("/a", "/a/b", False),
        ("//webhooks", "/webhooks", False),
        ("/x/../webhooks", "/webhooks", False),
        ("/webhooks/..", "/webhooks", False),
        ("/webhooks/../admin", "/webhooks", False),
        ("/webhooks/a/../../admin", "/webhooks", False),
        ("/webhooks/%2e%2e/admin", "/webhooks", False),
        ("/webhooks/..%2fadmin", "/webhooks", False),
        ("/webhooks%2f..%2fadmin", "/webhooks", False),
        ("/webhooks\\..\\admin", "/webhooks", False),
        ("/webhooks/..\\admin", "/webhooks", False),
        ("/webhooks/%5c../admin", "/webhooks", False),
        ("/webhooks/..;/admin", "/webhooks", False),
        ("/webhooks;x/admin", "/webhooks", False),
        ("/%77ebhooks", "/webhooks", False),
    ],
)
def test_only_whole_segments_below_the_prefix_are_within_it(tail: str, prefix: str, expected: bool) -> None:
    assert within(tail, prefix) is expected


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_a_quoted_name_below_the_prefix_is_within_it(name: str) -> None:
    safe = quote(name.replace(".", ""), safe="", errors="replace")
    assert within(f"/hooks/{safe}", "/hooks")


@pytest.mark.parametrize(
    ("handler", "target", "twice"),
    [
        ("3000/webhooks", "/webhooks/notion?a=1", "/webhooks"),
        ("3000/api/webhooks/", "/webhooks", "/webhooks"),
        ("3000/api", "/webhooks", ""),
        ("3000", "/webhooks", ""),
        ("3000/api", "", ""),
        ("3000/", "/", ""),
    ],
)
def test_a_path_that_stands_twice_is_named(handler: str, target: str, twice: str) -> None:
    assert doubled_path(parse_handler(handler), target) == twice


@pytest.mark.parametrize("tail", ["/..", "/a/../b", "/%2e%2E/x", "/a/.%2e", "/..?x"])
def test_dots_are_seen_however_they_are_spelt(tail: str) -> None:
    assert has_dots(tail)


@pytest.mark.parametrize("tail", ["", "/", "/a..b", "/...", "/a?b=../c", "/a%20b"])
def test_what_only_looks_like_dots_is_none(tail: str) -> None:
    assert not has_dots(tail)

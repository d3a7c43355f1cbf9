import pytest

from hookscope_relay.errors import InputError
from hookscope_relay.hosts import (
    Address,
    Hosts,
    client_address,
    host_name,
    is_address,
    origin_and_prefix,
    parse_networks,
    parse_public_url,
    split_url,
    with_prefix,
)

ID = "abcdefghij234567abcd"
HOSTS = Hosts(frozenset({"relay.example"}))

ADDRESSES = [
    ("relay.example", f"/{ID}/a/b?c", Address(ID, "/a/b?c")),
    ("relay.example:8443", f"/{ID}", Address(ID, "")),
    ("RELAY.Example.", f"/{ID}?x=1", Address(ID, "?x=1")),
    ("relay.example", f"/{ID}//a/../b%2F;c?", Address(ID, "//a/../b%2F;c?")),
    ("relay.example", "/-/session/x?after=new", Address("-", "/session/x?after=new")),
    ("relay.example", "/", Address("", "")),
    ("relay.example", "/UPPER/x", Address("UPPER", "/x")),
    (f"{ID}.relay.example", "/-/health", Address(ID, "/-/health")),
    (f"{ID.upper()}.relay.example:1", "/a%2fb", Address(ID, "/a%2fb")),
    ("evil.example", f"/{ID}/a", None),
    ("relay.example.evil", f"/{ID}", None),
    ("short.relay.example", "/", None),
    (f"x.{ID}.relay.example", "/", None),
    ("", "/", None),
]


@pytest.mark.parametrize(("host", "target", "address"), ADDRESSES)
def test_a_request_is_addressed_by_its_raw_host_and_target(host, target, address):
    assert HOSTS.address(host, target) == address


@pytest.mark.parametrize(
    ("host", "target", "address"),
    [
        ("relay.example", f"/hooks/{ID}/a?b", Address(ID, "/a?b")),
        ("relay.example", f"/{ID}/a?b", Address(ID, "/a?b")),
        ("relay.example", "/hooks/-/health", Address("-", "/health")),
        ("relay.example", "/hooks", Address("hooks", "")),
        ("relay.example", "/hooksmith/x", Address("hooksmith", "/x")),
        ("relay.example", f"/hooks/hooks/{ID}", Address("hooks", f"/{ID}")),
        (f"{ID}.relay.example", "/a", None),
    ],
)
def test_a_relay_below_a_path_is_addressed_with_it_and_without_and_has_no_subdomains(host, target, address):
    assert Hosts(frozenset({"relay.example"}), "/hooks").address(host, target) == address


@pytest.mark.parametrize(
    ("url", "parts"),
    [("https://a.example", ("https://a.example", "")), ("http://a:1/x/y", ("http://a:1", "/x/y"))],
)
def test_an_address_has_an_origin_and_a_prefix(url, parts):
    assert origin_and_prefix(url) == parts


@pytest.mark.parametrize(
    ("prefix", "target", "whole"),
    [("", "/x", "/x"), ("/h", "/x", "/h/x"), ("/h", "/h/x", "/h/x"), ("/h", "/hh/x", "/h/hh/x")],
)
def test_a_path_that_a_proxy_cut_off_is_put_back(prefix, target, whole):
    assert with_prefix(prefix, target) == whole


@pytest.mark.parametrize(("host", "name"), [("[::1]:80", "[::1]"), ("A.b:1", "a.b"), ("a.", "a"), (" a ", "a")])
def test_a_host_is_compared_by_its_name(host, name):
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Relay.Example", "https://relay.example"),
        ("https://relay.example:443/", "https://relay.example"),
        ("http://127.0.0.1:7420", "http://127.0.0.1:7420"),
        ("relay.example", "https://relay.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://Example.org/Hooks/", "https://example.org/Hooks"),
        ("example.org:443/a/b.c", "https://example.org/a/b.c"),
    ],
)
def test_a_public_url_is_an_origin_and_perhaps_a_path(text, origin):
    assert parse_public_url(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://x",
        "https://x/a//b",
        "https://x/a%20b",
        "https://x/..",
        "https://x/a/./b",
        "https://x/a?y",
        "https://x?y",
        "https://u@x",
        "https://x:99999",
        "https://",
    ],
)
def test_what_is_no_public_url_is_refused(text):
    with pytest.raises(InputError, match="not the address of a relay"):
        parse_public_url(text)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("10.0.0.1", ["1.1.1.1"], [], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1, 10.0.0.9"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["garbage"], ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", [], ["10.0.0.0/8"], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["1.1.1.1"], ["10.0.0.0/8"], "1.1.1.1"),
        ("8.8.8.8", ["1.1.1.1"], ["10.0.0.0/8"], "8.8.8.8"),
    ],
)
def test_a_client_is_the_rightmost_address_that_is_no_trusted_proxy(peer, forwarded, trusted, client):
    assert client_address(peer, forwarded, trusted) == client


def test_networks_stay_as_they_are_written():
    assert parse_networks(["10.0.0.5/8", "::1"]) == ("10.0.0.5/8", "::1")


def test_a_network_that_is_none_is_named():
    with pytest.raises(InputError, match=r"10\.0\.0\.x"):
        parse_networks(["10.0.0.0/8", "10.0.0.x"])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("10.0.0.5:9420", True),
        ("[::1]:80", True),
        ("localhost", False),
        ("1.2.3.4.evil.example", False),
        ("[evil.example]", False),
        ("0x7f.1", False),
        ("", False),
    ],
)
def test_an_address_is_no_name(host, expected):
    assert is_address(host) is expected


@pytest.mark.parametrize("url", ["http://[x", "http://]", "http://\u2100.com", "http://x:p", "http://x:99999", "x", ""])
def test_what_no_url_can_be_is_none_and_raises_nothing(url):
    assert split_url(url) is None


@pytest.mark.parametrize("text", ["http://[x", "http://]", "http://\u2100.com", "http://x:p", "[::1"])
def test_an_address_that_is_none_of_a_relay_is_bad_input(text):
    with pytest.raises(InputError, match="is not the address of a relay"):
        parse_public_url(text)

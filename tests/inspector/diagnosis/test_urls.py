from __future__ import annotations

import pytest

from hookscope.diagnosis.urls import (
    host_name,
    is_local_host,
    is_private_host,
    other_slash,
    port_of,
    same_but_slash,
    split,
)


@pytest.mark.parametrize(
    ("url", "scheme", "host", "path", "query"),
    [
        ("https://a.example:8443/x?y=1#z", "https", "a.example:8443", "/x", "y=1"),
        ("/login?next=/hook", "", "", "/login", "next=/hook"),
        ("//evil.example/x", "", "evil.example", "/x", ""),
        ("https://a.example", "https", "a.example", "", ""),
        ("hook", "", "", "hook", ""),
        ("", "", "", "", ""),
        ("http://[::1]:3000/x", "http", "[::1]:3000", "/x", ""),
    ],
)
def test_any_text_is_split_as_a_url(url: str, scheme: str, host: str, path: str, query: str) -> None:
    parts = split(url)
    assert (parts.scheme, parts.host, parts.path, parts.query) == (scheme, host, path, query)


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://a:3000/x", 3000), ("https://a/x", 443), ("http://[::1]/x", 80), ("x", 0), ("http://a:99999999", 80)],
)
def test_the_port_of_a_url(url: str, port: int) -> None:
    assert port_of(url) == port


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost:3000", True),
        ("127.0.0.1", True),
        ("[::1]:80", True),
        ("app.localhost", True),
        ("", True),
        ("a.example", False),
        ("10.0.0.1", False),
    ],
)
def test_names_of_this_machine_are_local(host: str, local: bool) -> None:
    assert is_local_host(host) is local


def test_a_host_name_has_no_user_and_no_port() -> None:
    assert host_name("user:pw@A.Example:80") == "a.example"


@pytest.mark.parametrize(
    ("path", "other"),
    [("/a?b=/c", "/a/?b=/c"), ("/a/?", "/a?"), ("/?x", "/?x")],
)
def test_a_query_stays_behind_the_other_slash(path: str, other: str) -> None:
    assert other_slash(path) == other


@pytest.mark.parametrize(
    ("path", "other"), [("/hook", "/hook/"), ("/hook/", "/hook"), ("/a//", "/a"), ("/", "/"), ("", "")]
)
def test_the_other_slash(path: str, other: str) -> None:
    assert other_slash(path) == other
    assert same_but_slash(path, other) is (path != other)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("shop.test", True),
        ("shop.test:8080", True),
        ("web", True),
        ("host.docker.internal:3000", True),
        ("192.168.1.4", True),
        ("172.20.0.2:80", True),
        ("10.0.0.1", True),
        ("172.32.0.2", False),
        ("brave-otter.example", False),
        ("8.8.8.8", False),
        ("test.example.com", False),
    ],
)
def test_names_of_a_developers_own_network_are_private(host: str, private: bool) -> None:
    assert is_private_host(host) is private

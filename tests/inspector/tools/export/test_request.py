from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.tools.export.request import build_request, sender_url
from hookscope_relay.errors import InputError

URL = "http://localhost:3000/x"


def test_what_belongs_to_one_connection_is_left_to_the_client() -> None:
    headers = (
        ("Host", "a"),
        ("B", "1"),
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Expect", "100-continue"),
        ("Content-Length", "3"),
        ("b", " 2\t"),
    )
    assert build_request(make_delivery(headers=headers), URL).headers == (("B", "1"), ("b", "2"))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"),
        ("http://h?x=1", "/?x=1"),
        ("http://h//a/../b#c", "//a/../b#c"),
        ("HTTPS://[::1]:1/x", "/x"),
    ],
)
def test_the_target_is_taken_from_the_url_as_it_stands(url: str, target: str) -> None:
    assert build_request(make_delivery(), url).target == target


@pytest.mark.parametrize(
    ("authority", "local"),
    [
        ("localhost", True),
        ("LOCALHOST:3000", True),
        ("a.localhost:1", True),
        ("127.0.0.1:80", True),
        ("127.1.2.3", True),
        ("[::1]:1", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("example.com", False),
    ],
)
def test_this_machine_is_known(authority: str, local: bool) -> None:
    assert build_request(make_delivery(), f"http://{authority}/").is_local is local


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "ftp://h/"),
        ({}, "http://"),
        ({}, "http://h/a b"),
        ({}, "http://h/\n"),
        ({}, "http://user@h/"),
        ({}, "http://h\\x"),
        ({}, "http://h/\u20ac"),
        ({"method": "PO ST"}, URL),
        ({"method": ""}, URL),
        ({"headers": (("@/etc/passwd", "1"),)}, URL),
        ({"headers": (("A", "1\r\nB: 2"),)}, URL),
        ({"headers": (("A", "\0"),)}, URL),
        ({"headers": (("A", "\u20ac"),)}, URL),
    ],
)
def test_what_no_client_can_send_is_refused(changes: dict[str, object], url: str) -> None:
    with pytest.raises(InputError):
        build_request(make_delivery(**changes), url)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://relay.example/abc/webhooks/notion"),
        ({"url": "", "target": "/a?b"}, "https://relay.example/a?b"),
        ({"url": "", "headers": (), "scheme": "http", "target": ""}, "http://localhost/"),
    ],
)
def test_the_sender_called_a_url(changes: dict[str, object], url: str) -> None:
    assert sender_url(make_delivery(**changes)) == url

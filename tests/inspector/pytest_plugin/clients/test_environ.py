from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.environ import environ_of


def make(target: str = "/", headers: Any = (), body: bytes = b"") -> SentRequest:
    return SentRequest(method="POST", target=target, headers=headers, body=body)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a", "/a", ""),
        ("/a?b=%20&c", "/a", "b=%20&c"),
        ("/a?", "/a", ""),
        ("/a%2Fb%20c", "/a/b c", ""),
        ("/caf%C3%A9", "/caf\xc3\xa9", ""),
        ("/caf\xe9", "/caf\xe9", ""),
        ("//evil/x", "//evil/x", ""),
        ("/a?b?c", "/a", "b?c"),
    ],
)
def test_a_target_is_decoded_as_servers_do(target: str, path: str, query: str) -> None:
    environ = environ_of(make(target))
    assert (environ["PATH_INFO"], environ["QUERY_STRING"], environ["RAW_URI"]) == (path, query, target)


def test_headers_become_variables_and_repeats_are_joined() -> None:
    headers = (
        ("Content-Type", "a/b"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("X-B", "caf\xe9"),
        ("Content-Length", "7"),
    )
    environ = environ_of(make(headers=headers, body=b"{}"))
    assert {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))} == {
        "CONTENT_TYPE": "a/b",
        "CONTENT_LENGTH": "2",
        "HTTP_X_A": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_B": "caf\xe9",
    }

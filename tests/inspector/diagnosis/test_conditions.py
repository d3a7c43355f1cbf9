from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factories import NOW
from hookscope.diagnosis.case import Case, Earlier
from hookscope.diagnosis.conditions import CONDITIONS

HOLDS: list[tuple[str, dict[str, Any]]] = [
    ("public-host", {"base": "http://tunnel.example"}),
    ("broken-json", {"sent": b'{"a":'}),
    ("empty-body", {"sent": b""}),
    ("not-json-type", {"sent_headers": (("Content-Type", "text/plain"),)}),
    ("form", {"sent_headers": (("Content-Type", "application/x-www-form-urlencoded"),)}),
    ("multipart", {"sent_headers": (("Content-Type", "multipart/form-data; boundary=x"),)}),
    ("large-body", {"sent_headers": (("Content-Length", "200000"),)}),
    ("long-header", {"sent_headers": (("X-Long", "a" * 9000),)}),
    ("long-target", {"target": "/" + "a" * 3000}),
    ("bad-header", {"sent_headers": (("Bad Name", "x"),)}),
    ("final-slash", {"target": "/hook/"}),
    ("encoded-slash", {"target": "/a%2Fb"}),
    ("read-method", {"method": "GET"}),
    ("unusual-method", {"method": "PUT"}),
    ("preflight", {"method": "OPTIONS", "sent_headers": (("Access-Control-Request-Method", "POST"),)}),
    ("referer", {"sent_headers": (("Referer", "https://a.example"),)}),
    ("origin", {"sent_headers": (("Origin", "https://a.example"),)}),
    ("scanner", {"sent_headers": (("User-Agent", "sqlmap/1.7"),)}),
    ("suspicious", {"sent": b'{"t":"x\' OR 1=1 UNION SELECT password"}'}),
    ("suspicious", {"target": "/.env"}),
    ("suspicious", {"target": "/a?file=%2e%2e/%2e%2e/etc/passwd"}),
    ("odd-for-firewall", {"sent_headers": (("Content-Type", "text/plain"),)}),
    ("signed", {"sent_headers": (("X-Hub-Signature-256", "sha256=00"),)}),
    ("slow", {"elapsed_ms": 1001.0}),
    ("burst", {"recent": tuple(Earlier(received_at=NOW - 1) for _ in range(4))}),
    ("encoded-body", {"sent_headers": (("Content-Encoding", "gzip"),)}),
    ("odd-charset", {"sent_headers": (("Content-Type", "application/json; charset=latin-9"),)}),
    ("no-length", {"sent_headers": (("Transfer-Encoding", "chunked"),)}),
    ("accepts-json", {"sent_headers": (("Accept", "application/json"),)}),
    ("double-slash", {"target": "//hook"}),
    ("expects", {"sent_headers": (("Expect", "100-continue"),)}),
    ("empty-post", {"sent": b""}),
    ("redirect-to-https", {"headers": (("Location", "https://127.0.0.1:3000/hook"),)}),
    ("redirect-to-www", {"headers": (("Location", "http://www.example/hook"),)}),
    ("redirect-adds-locale", {"headers": (("Location", "/pt-br/hook"),)}),
    ("redirect-of-slash", {"headers": (("Location", "/hook/"),)}),
]


@pytest.mark.parametrize(("name", "values"), HOLDS)
def test_a_condition_holds(make_case: Callable[..., Case], name: str, values: dict[str, Any]) -> None:
    assert CONDITIONS[name](make_case(302, b"x", **values))


UNMOVED = sorted({name for name, _ in HOLDS})


@pytest.mark.parametrize("name", UNMOVED)
def test_a_plain_delivery_fulfils_none_of_them(make_case: Callable[..., Case], name: str) -> None:
    plain = (("Content-Type", "application/json"), ("Content-Length", "10"))
    assert not CONDITIONS[name](make_case(200, b"x", sent_headers=plain))


def test_a_delivery_without_a_host_is_noticed(make_case: Callable[..., Case]) -> None:
    from factories import make_delivery

    assert CONDITIONS["no-host"](make_case(400, delivery=make_delivery(headers=())))


def test_a_ulid_path_is_not_suspicious(make_case: Callable[..., Case]) -> None:
    assert not CONDITIONS["suspicious"](
        make_case(403, target="/webhooks/notion?x=1&y=a/b", sent=b'{"text":"select a cat; or two"}')
    )

from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.public_path import cut_prefix, seen_url


@pytest.mark.parametrize(
    ("url", "target", "prefix", "seen"),
    [
        ("https://r.example/abc/sms", "/sms", "/abc", "https://r.example/sms"),
        ("https://r.example/abc/sms?a=1", "/sms?a=1", "/abc", "https://r.example/sms?a=1"),
        ("https://r.example/x/abc/sms/", "/sms/", "/x/abc", "https://r.example/sms/"),
        ("https://r.example/abc", "/", "/abc", "https://r.example/"),
        ("https://abc.r.example/sms", "/sms", "", ""),
        ("https://r.example/abc/sms", "/api/sms", "", ""),
        ("https://r.example/sms", "/", "/sms", "https://r.example/"),
        ("", "/sms", "", ""),
        ("https://r.example", "/", "", ""),
    ],
)
def test_what_the_relay_keeps_of_a_path(url: str, target: str, prefix: str, seen: str) -> None:
    delivery = make_delivery(url=url, target=target)
    assert (cut_prefix(delivery, target), seen_url(delivery, target)) == (prefix, seen)

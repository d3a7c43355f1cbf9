from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.tunnel.probe import BODY, HEADER, is_probe, probe_answer, probe_headers, read_answerer
from hookscope_relay.keys.endpoint_key import EndpointKey

KEY, OTHER = EndpointKey(b"k" * 32), EndpointKey(b"o" * 32)


def test_a_probe_is_known_by_the_endpoints_own_key() -> None:
    assert is_probe(make_delivery(body=BODY, headers=probe_headers(KEY)), KEY)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, ()),
        (BODY, probe_headers(OTHER)),
        (BODY, ((HEADER, "\xff"),)),
        (b'{"hookscope":"robe!"}', probe_headers(KEY)),
        (b"{}", probe_headers(KEY)),
    ],
)
def test_what_anybody_may_send_is_none(body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    assert not is_probe(make_delivery(body=body, headers=headers), KEY)


def test_the_mark_gives_the_key_away_to_nobody() -> None:
    (_, (_, mark)) = probe_headers(KEY)
    assert KEY.secret.hex() not in mark


@pytest.mark.parametrize(
    ("answer", "who"),
    [
        (probe_answer("ada@laptop"), "ada@laptop"),
        (probe_answer(""), ""),
        (b"A probe of this endpoint.\n", ""),
        (probe_answer("x" * 500), ""),
        (b"\xff", ""),
    ],
)
def test_an_answer_says_who_gave_it_where_it_says_so(answer: bytes, who: str) -> None:
    assert read_answerer(answer) == who

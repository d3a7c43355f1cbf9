from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case

DJANGO = b"<p>Using the URLconf defined in <code>dj</code>, Django tried these URL patterns, in this order:</p><ol><li><code>\n hook\n </code></li></ol><p>The current path, <code>hook/</code>, didn't match.</p>"
RAILS = (
    b"No route matches [POST] &quot;/getonly&quot;"
    b"<td>\n GET\n </td>\n <td data-route-path='/getonly(.:format)'>\n /getonly(.:format)</td>"
)


@pytest.mark.parametrize(
    ("body", "target", "cause"),
    [
        (DJANGO, "/hook/", "trailing-slash-mismatch"),
        (DJANGO, "/other", "not-found"),
        (RAILS, "/getonly", "method-not-allowed"),
        (RAILS, "/x", "not-found"),
    ],
)
def test_a_page_that_lists_the_routes_decides(
    make_case: Callable[..., Case], body: bytes, target: str, cause: str
) -> None:
    reading = likeliest(make_case(404, body, target=target))
    assert reading is not None
    assert reading.cause == cause


def test_the_evidence_is_the_listed_route(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(404, DJANGO, target="/hook/"))
    assert reading is not None
    fact = reading.evidence[1]
    assert DJANGO[fact.start : fact.end] == b"hook"


def test_routes_that_are_known_decide_without_a_page(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(404, b"", routes=("/hook/", "/other")))
    assert reading is not None
    assert (reading.cause, reading.confidence) == ("trailing-slash-mismatch", 0.99)


def test_a_route_that_fits_is_no_mismatch(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(404, b"", routes=("/hook/", "/hook")))
    assert reading is not None
    assert reading.cause != "trailing-slash-mismatch"

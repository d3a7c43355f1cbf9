from __future__ import annotations

import re

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.tools.export.names import mark, stem


@pytest.mark.parametrize(
    "target", ["/webhooks/notion", "/../../etc/passwd", "/", "", "/\x1b[2J\n", "/" + "a" * 500, "/é%2F..\\con", "/-"]
)
def test_a_name_is_safe_anywhere(target: str) -> None:
    name = stem(Capture(delivery=make_delivery(target=target)))
    assert re.fullmatch(r"post[a-z0-9-]{0,40}-[0-9a-f]{6}", name)


def test_a_name_is_stable_and_tells_deliveries_apart() -> None:
    one, other = (make_delivery(id=id) for id in ("01", "02"))
    assert stem(Capture(delivery=one)) == stem(Capture(delivery=one))
    assert mark(Capture(delivery=one)) != mark(Capture(delivery=other))

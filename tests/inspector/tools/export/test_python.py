from __future__ import annotations

import asyncio
import importlib.util
import os
import sys

import pytest

from export_runs import DELIVERIES, assert_exact, delivery_of, run_exports
from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.tools.export import python
from hookscope.tools.export.request import build_request
from hookscope.tools.export.source import Source
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError
from raw_http import RawMessage

# A Python with httpx in it, for a machine where the tests' own has none.
PYTHON = os.environ.get("HOOKSCOPE_TEST_HTTPX_PYTHON") or (sys.executable if importlib.util.find_spec("httpx") else "")


def render(delivery: Delivery, url: str) -> str:
    return python.render([Source(Capture(delivery=delivery), url)])


EXACT = [name for name in DELIVERIES if "post" not in name]


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RawMessage]:
    """What a raw server received when one script sent them all."""
    path = tmp_path_factory.mktemp("httpx") / "replay.py"
    deliveries = [delivery_of(name) for name in EXACT]

    def command(url: str) -> list[str]:
        sources = [Source(Capture(delivery=delivery), url + delivery.target) for delivery in deliveries]
        path.write_text(python.render(sources), "ascii")
        return [PYTHON, str(path)]

    return dict(zip(EXACT, asyncio.run(run_exports(command)), strict=True))


@pytest.mark.skipif(not PYTHON, reason="httpx is not installed")
@pytest.mark.parametrize("name", EXACT)
def test_every_byte_arrives(arrived: dict[str, RawMessage], name: str) -> None:
    assert_exact(arrived[name], delivery_of(name))


@pytest.mark.parametrize("name", DELIVERIES)
def test_the_script_is_python_in_ascii(name: str) -> None:
    text = render(delivery_of(name), "http://localhost:3000/")
    assert text.isascii()
    compile(text, "replay.py", "exec")


def test_several_deliveries_are_one_script() -> None:
    source = Source(Capture(delivery=make_delivery()), "http://localhost:3000/")
    assert python.render([source, source]).count("httpx.Request(") == 2


def test_a_target_that_httpx_refuses_is_told() -> None:
    with pytest.raises(InputError, match="use --as curl"):
        render(make_delivery(), "http://h/caf\xe9")


@pytest.mark.parametrize(("method", "notes"), [("POST", 0), ("post", 1)])
def test_a_method_in_small_letters_is_told(method: str, notes: int) -> None:
    assert len(python.limits(build_request(make_delivery(method=method), "http://h/"))) == notes

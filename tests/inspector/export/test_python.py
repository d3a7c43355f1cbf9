from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from export_runs import DELIVERIES, assert_exact, delivery_of, run_export
from factories import make_delivery
from hookscope.capture import Capture
from hookscope.export import python
from hookscope.export.exported import Source
from hookscope.export.request import build_request
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

# A Python with httpx in it, for a machine where the tests' own has none.
PYTHON = os.environ.get("HOOKSCOPE_TEST_HTTPX_PYTHON") or (sys.executable if importlib.util.find_spec("httpx") else "")


def render(delivery: Delivery, url: str) -> str:
    return python.render([Source(Capture(delivery=delivery), url)])


@pytest.mark.skipif(not PYTHON, reason="httpx is not installed")
@pytest.mark.parametrize("name", [name for name in DELIVERIES if "post" not in name])
async def test_every_byte_arrives(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    path = tmp_path / "replay.py"

    def command(url: str) -> list[str]:
        path.write_text(render(delivery, url), "ascii")
        return [PYTHON, str(path)]

    assert_exact(await run_export(delivery, command), delivery)


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

"""A pytest module that sends deliveries to the application under test, with hookscope's plugin,
and the fixtures that it reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.tools.export.names import stem
from hookscope.tools.export.source import Exported

FOLDER = "fixtures"

_NO_IDENTIFIER = re.compile(r"\W", re.ASCII)

_HEAD = '''\
"""Webhook deliveries that arrived, sent to the application under test.

The fixture `client` is your application's test client: Flask's, Django's, Starlette's or FastAPI's, or the application
itself. With aiohttp's, make the tests `async def` and write `await delivery.send(client)` and `response.status`.
"""

import os

import pytest
'''

_TEST = """

@pytest.mark.hookscope("fixtures/{file}", {signing})
def test_{name}(delivery, client):
    response = delivery.send(client)
    assert 200 <= response.status_code < 300
"""

# Signed anew with the tests' own secret, with which the application under test is to be configured; base64 behind the
# prefix, as some providers want it.
SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM="  # noqa: S105 - a placeholder that protects nothing


def render(captures: Sequence[Capture]) -> Exported:
    """The module, a test for each capture, and its fixtures under `fixtures/`."""
    tests = []
    files: dict[str, bytes] = {}
    for capture in captures:
        file = stem(capture) + ".json"
        files[f"{FOLDER}/{file}"] = dumps(capture).encode()
        tests.append(_TEST.format(file=file, signing=_signing(capture), name=_NO_IDENTIFIER.sub("_", stem(capture))))
    return Exported(content=(_HEAD + "".join(tests)).encode(), files=tuple(files.items()))


def _signing(capture: Capture) -> str:
    """How the delivery is signed: anew where its provider is known, else as it came."""
    if not capture.provider:
        return "resign=False"
    provider = _NO_IDENTIFIER.sub("_", capture.provider.upper())
    return f'secret=os.environ.get("TEST_SECRET_{provider}", "{SECRET}")'

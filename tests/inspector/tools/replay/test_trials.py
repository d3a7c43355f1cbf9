"""`Tries` is held by test_prober.py and test_bisecter.py; here is what a command's settings make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.commands.options import RESEND
from hookscope.config.settings import resolve
from hookscope.model.capture import Capture
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.trials import open_tries
from hookscope_relay.errors import InputError
from raw_http import RawMessage, RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def settings(home: Path, **given: object):
    values = {option.name: option.default for option in RESEND} | given
    return resolve(RESEND, values, {"HOOKSCOPE_HOME": str(home), "HOOKSCOPE_SECRET_NOTION": "s"}, "probe", home)


async def test_what_is_sent_is_one_more_attempt_with_the_changed_bytes(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    delivery = make_delivery(target="/hook")
    await store.keep(delivery, origin="live")
    async with RawServer(OK) as server, open_tries(settings(tmp_path, to=f"{server.port}/base"), store) as tries:
        changed = make_delivery(id=delivery.id, target="/hook/", body=b"{}")
        attempt = await tries.send(Capture(delivery=delivery), 1, changed)
        assert [secret.provider for secret in tries.secrets] == ["notion"]
    sent = RawMessage(server.requests[0])
    assert sent.head.startswith(b"POST /base/hook/ HTTP/1.1")
    assert sent.body == b"{}"
    assert attempt.request is not None
    assert store.find(delivery.id).attempts[0].origin == "probe"
    store.close()


async def test_an_unknown_provider_is_refused(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    with pytest.raises(InputError, match="no provider 'nobody'"):
        async with open_tries(settings(tmp_path, provider="nobody"), store):
            pass
    store.close()

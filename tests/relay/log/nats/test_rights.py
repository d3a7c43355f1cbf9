"""A user that may not do all that a relay does is refused at the start, by name of what it may not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hookscope_relay.errors import StoreRefused
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.nats.rights import NEEDED
from hookscope_relay.log.nats.streams import Names
from nats_servers import SMALL, nats_settings, serving


def permissions(publish: tuple[str, ...], subscribe: tuple[str, ...]) -> str:
    rights = [f"{{ allow: [{', '.join(map(repr, allowed))}] }}".replace("'", '"') for allowed in (publish, subscribe)]
    user = f"user: relay, password: word, permissions: {{ publish: {rights[0]}, subscribe: {rights[1]} }}"
    return f"authorization {{ users: [{{ {user} }}] }}"


@pytest.mark.parametrize(
    ("publish", "subscribe", "lacks"),
    [
        (NEEDED, NEEDED, ""),
        (NEEDED[1:], NEEDED, "publish to"),
        ((*NEEDED[:1], *NEEDED[4:]), NEEDED, "publish to"),
        ((*NEEDED[:4], "hookscope.n.>", "_INBOX.>"), NEEDED, "publish to"),
        (NEEDED, ("_INBOX.>", "hookscope.d.>"), "subscription to"),
    ],
    ids=["all", "no-api", "no-buckets", "no-deliveries", "no-words"],
)
async def test_every_right_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish: tuple[str, ...], subscribe: tuple[str, ...], lacks: str
) -> None:
    monkeypatch.setattr("hookscope_relay.log.nats.courier.PATIENCE_S", 0.3)
    monkeypatch.setattr("hookscope_relay.log.nats.rights.WITHIN_S", 0.3)
    with serving(permissions(publish, subscribe), sync=False) as server:
        url = server.url.replace("//", "//relay:word@")
        settings = replace(nats_settings(server, tmp_path / "j.db"), servers=(url,), space="hookscope")
        if not lacks:
            log = await NatsLog.open(settings, SMALL)
            state = (await log.courier.api(f"STREAM.INFO.{Names('hookscope').deliveries}"))["state"]
            assert (state["messages"], log.courier.client.denied) == (0, [])
            await log.close()
            return
        with pytest.raises(StoreRefused, match="does not let this relay's user do all that it must") as refused:
            await NatsLog.open(settings, SMALL)
        assert lacks in refused.value.what
        assert "hookscope.>" in refused.value.remedy

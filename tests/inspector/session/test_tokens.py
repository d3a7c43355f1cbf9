"""The question whether an API takes a token, at the start of a session, over real sockets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hookscope.api.account import headers_for
from hookscope.api.directory import known_apis
from hookscope.model.events import Noticed
from hookscope.session.plan import HeldToken, Outward
from hookscope.tools.redaction.placeholders import Masks
from hookscope.tools.redaction.redactor import Redactor
from raw_http import RawServer, free_port
from relays import relaying
from sessions import Session, make_plan

TOKEN = "ntn_" + "K7" * 21 + "zzzz"


def said(status: str, body: object) -> bytes:
    raw = json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw


ACCEPTED = said("200 OK", {"object": "user", "id": "b-1", "name": "Helper", "bot": {"workspace_name": "Acme"}})
REFUSED = said(
    "401 Unauthorized", {"object": "error", "status": 401, "code": "unauthorized", "message": "API token is invalid."}
)
CASES = (
    (ACCEPTED, "info", "Notion accepts NOTION_TOKEN (Bearer ntn_…zzzz (fingerprint ", "Helper, Acme, b-1"),
    (REFUSED, "warning", "Notion, asked with NOTION_TOKEN (Bearer ntn_…zzzz", "; "),
    (None, "info", "Notion cannot be asked whether it accepts NOTION_TOKEN", "refused"),
)


@pytest.mark.parametrize(("answer", "level", "words", "more"), CASES, ids=["accepted", "refused", "not there"])
async def test_a_session_begins_with_what_the_api_says_of_the_token(
    tmp_path: Path, answer: bytes | None, level: str, words: str, more: str
) -> None:
    async with relaying() as relay, RawServer(answer or b"") as api:
        url = api.url if answer else f"http://127.0.0.1:{free_port()}"
        notion = replace(known_apis()["notion"], base=url)
        held = HeldToken(api=notion, variable="NOTION_TOKEN", headers=headers_for(notion, TOKEN))
        out = Outward(apis={"notion": notion}, port=free_port(), redactor=Redactor(Masks()), tokens=(held,))
        session = Session(make_plan(tmp_path, relay.origin, outward=out))
        async with session.running():
            while not (
                found := [
                    event for event in session.events if isinstance(event, Noticed) and "NOTION_TOKEN" in event.text
                ]
            ):
                await session.until(Noticed, sum(isinstance(event, Noticed) for event in session.events) + 1)
    assert found[0].level == level
    assert words in found[0].text
    assert more in found[0].text
    assert TOKEN not in str(session.events)
    assert TOKEN.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*.db*"))
    if answer:
        assert b"GET /v1/users/me HTTP/1.1" in api.requests[0]

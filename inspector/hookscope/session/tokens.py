"""Whether the APIs accept the tokens that are known, asked once as a session begins: by one call each that only reads.

What is found is told in a sentence, and kept as a call, so that a token that changes later is seen.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hookscope.api.account import owner_of
from hookscope.api.ask import ask
from hookscope.api.credential import read_credential, secret_values
from hookscope.api.judge import Judge
from hookscope.model.call import Call
from hookscope.session.plan import HeldToken, Notice
from hookscope.store.captures import CaptureStore
from hookscope.text.safe import safe_text
from hookscope.tools.redaction.call import redact_call
from hookscope.tools.redaction.redactor import Redactor


async def check_tokens(
    held: tuple[HeldToken, ...], store: CaptureStore, redactor: Redactor, silenced: tuple[str, ...], notice: Notice
) -> None:
    """Ask each API whose the token is; returns when all are told."""
    await asyncio.gather(*(_check(one, store, redactor, silenced, notice) for one in held))


async def _check(
    held: HeldToken, store: CaptureStore, redactor: Redactor, silenced: tuple[str, ...], notice: Notice
) -> None:
    judge = Judge({held.api.name: store.last_good(held.api.name)}, silenced)
    method, _, target = held.api.who.partition(" ")
    body = held.api.ask.encode()
    raw, judged = await asyncio.to_thread(ask_with, held, method, target, body, redactor, judge)
    await store.keep_calls([judged])
    shown = safe_text(f"{held.variable} ({judged.credential.words if judged.credential else ''})")
    if judged.failure is not None:
        notice(
            "info", f"{held.api.title} cannot be asked whether it accepts {shown}: {safe_text(judged.failure.detail)}"
        )
    elif (explained := judged.explained) is not None:
        notice("warning", f"{held.api.title}, asked with {shown}: {explained.title}; {explained.hint}")
    else:
        whose = ", ".join(safe_text(value) for value in owner_of(held.api, raw).values())
        notice("info", f"{held.api.title} accepts {shown}{f': {whose}' if whose else ''}")


def ask_with(
    held: HeldToken, method: str, target: str, body: bytes, redactor: Redactor, judge: Judge
) -> tuple[Call, Call]:
    """A call with a token, as it came back and as it is kept: judged, and without the token."""
    raw = ask(held.api.name, held.api.base, method, target, held.headers, body)
    named = replace(raw, credential=read_credential(held.headers, target))
    return raw, judge.judge(redact_call(redactor, named, secret_values(held.headers, target)))

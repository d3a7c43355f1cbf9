"""Reads the body of a request from its sender, within the limits of size, time and room."""

from __future__ import annotations

import asyncio
from typing import cast

from aiohttp import ClientError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from hookscope_relay.intake import Intake
from hookscope_relay.limits import Hold, Refusal, body_patience_s
from hookscope_relay.settings import Limits

PART_BYTES = 256 * 1024
# What aiohttp raises of a body that is not valid.
UNREADABLE = (HttpProcessingError, ClientError, web.RequestPayloadError, ValueError)


def break_off(content: StreamReader, why: type[Exception]) -> None:
    """Have whoever reads the body hear of this, each of an instance of its own: one that was raised knows by its
    traceback all that its reader held, and would stay with the stream."""
    content.set_exception(cast(Exception, why))


async def read_body(content: StreamReader, hold: Hold, limits: Limits, intake: Intake) -> None:
    """Take in the whole body; raises `Refusal`, or `LogUnavailable`."""
    started = asyncio.get_running_loop().time()
    try:
        if content.is_eof():
            await take_part(content.read_nowait(), hold, limits, intake)
            return
        async with asyncio.timeout_at(started + body_patience_s(0, limits)) as timeout:
            # Parts that wait for the disk are many bodies': so they are no larger than what is read at once.
            while await take_part(await content.read(PART_BYTES), hold, limits, intake):
                timeout.reschedule(started + body_patience_s(intake.size, limits))
    except TimeoutError:
        late = intake.size / limits.min_rate + limits.slack_s < limits.body_s if limits.min_rate else False
        raise Refusal("too-slow", limit="min-rate" if late else "body-time", size=intake.size) from None
    except UNREADABLE:
        raise Refusal("malformed", size=intake.size) from None


async def take_part(part: bytes, hold: Hold, limits: Limits, intake: Intake) -> bool:
    """Take a further part in, which nobody need hold meanwhile; False for the empty one at the end.

    Raises as `read_body`."""
    if intake.size + len(part) > limits.body_bytes:
        raise Refusal("body-too-large", limit="max-body", size=intake.size + len(part))
    hold.take_bytes(len(part))
    taking, is_any = intake.add(part), bool(part)
    del part
    await taking
    return is_any

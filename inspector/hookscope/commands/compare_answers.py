"""`hookscope replay --compare`: what the handler answers now against what it answered then."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hookscope.commands.captures import open_replayer
from hookscope.commands.outcome import render_outcome
from hookscope.config.settings import Settings
from hookscope.console.progress import ProgressBar
from hookscope.model.capture import Capture
from hookscope.model.events import Event
from hookscope.model.session_requests import Replay
from hookscope.store.captures import CaptureStore
from hookscope.text.safe import safe_text
from hookscope.tools.compare.answers import Comparison
from hookscope.tools.compare.junit import render_difference, render_junit
from hookscope.tools.compare.run import Recorded, compare_many, recorded_of
from hookscope.tools.replay.many import Due
from hookscope_relay.errors import CannotWrite, InputError

DIFFERENT = 1
SHOWN_DIFFERENCES = 20
SIGNS = {"same": "✓", "different": "✗", "nothing recorded": "-", "failed": "✗"}


def compare_answers(
    settings: Settings, store: CaptureStore, dues: list[Due], wanted: Replay, captures: Sequence[Capture] = ()
) -> int:
    """Hand all over twice and print how each answer stands; 0 where none differs, or the code of what kept all back.

    `captures` are those of the dues, where they came out of files.
    """
    recorded = [recorded_of(capture) for capture in captures or [store.find(due.name) for due in dues]]
    if not any(recorded):
        raise InputError(
            f"nothing to compare with: none of {len(dues):,} has a recorded answer",
            "name some that a handler answered; `hookscope save` keeps the answer in the fixture",
        )
    compared: list[Comparison] = []
    with ProgressBar(len(dues), "comparing") as progress:

        def done(one: Comparison) -> None:
            compared.append(one)
            progress.clear()
            print(json.dumps(_mapping(one)) if settings.flag("json") else "\n".join(_lines(one)))
            progress.step()

        asyncio.run(_compare(settings, store, dues, recorded, wanted, done))
    if name := settings.text("junit"):
        try:
            Path(name).write_text(render_junit(compared), "utf-8")
        except OSError as error:
            raise CannotWrite(f"{name} cannot be written ({error.strerror})", "name another file") from error
    print(_summary(compared), file=sys.stderr)
    if not settings.flag("resign") and any(one.redacted for one in captures) and any(map(_is_refused, compared)):
        print("hookscope: redacted files no longer verify; --resign signs them anew", file=sys.stderr)
    errors = [one.error for one in compared if one.error is not None]
    if errors and len(errors) == len(compared):
        return errors[0].exit_code
    return DIFFERENT if any(one.state in ("different", "failed") for one in compared) else 0


async def _compare(
    settings: Settings,
    store: CaptureStore,
    dues: list[Due],
    recorded: list[Recorded | None],
    wanted: Replay,
    done: Callable[[Comparison], None],
) -> None:
    def quiet(event: Event) -> None:
        """What differs is printed when both answers are there."""

    async with open_replayer(settings, store, quiet, [int(due.name) for due in dues]) as replayer:
        await compare_many(
            dues,
            recorded,
            wanted,
            replayer.replay,
            done,
            ignored=settings.many("ignore"),
            concurrency=settings.whole("concurrency"),
            rate=settings.number("rate") if settings.given("rate") else None,
        )


def _lines(one: Comparison) -> Iterator[str]:
    said = f"  {safe_text(str(one.error))}" if one.error is not None else ""
    if one.now is not None:
        said = f"  {render_outcome(one.now.answer, one.now.failure, one.now.elapsed_ms)}"
    yield f"{SIGNS[one.state]} {safe_text(one.label)}{said}  {one.state}"
    for difference in one.differences[:SHOWN_DIFFERENCES]:
        yield f"    {render_difference(difference)}"
    if len(one.differences) > SHOWN_DIFFERENCES:
        yield f"    and {len(one.differences) - SHOWN_DIFFERENCES} more"


def _is_refused(one: Comparison) -> bool:
    """Whether a handler says now that it does not let a delivery in, and said otherwise before."""
    answer = one.now.answer if one.now is not None else None
    return one.state == "different" and answer is not None and answer.status in (401, 403)


def _mapping(one: Comparison) -> dict[str, object]:
    return {
        "delivery": one.label,
        "state": one.state,
        "differences": [difference.to_mapping() for difference in one.differences],
        "varying": list(one.varying),
        **({"error": str(one.error)} if one.error is not None else {}),
    }


def _summary(compared: list[Comparison]) -> str:
    counts = {state: sum(one.state == state for one in compared) for state in SIGNS}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    varying = sorted({place for one in compared for place in one.varying})
    shown = ", ".join(varying[:5]) + (" …" if len(varying) > 5 else "")
    return f"{len(compared)} compared: {told}" + (f"; these vary by themselves: {safe_text(shown)}" if varying else "")

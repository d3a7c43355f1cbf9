"""`hookscope bisect`: which difference between two captures turns the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.capture import Capture
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.bisect.run import Bisected
    from hookscope.tools.diff.difference import Difference

NOT_FOUND = 1
LEAST_SENDS = 4


def run(settings: Settings) -> int:
    """Bisect and print what matters; 0 where it was found, 1 where it was not."""
    import asyncio
    import json
    from dataclasses import replace

    from hookscope.commands.captures import handler_of_files, hold_apart, open_captures
    from hookscope.commands.find_captures import find_captures, is_file
    from hookscope.tools.bisect.lines import render
    from hookscope_relay.errors import InputError

    if settings.whole("max-sends") < LEAST_SENDS:
        raise InputError(f"--max-sends {settings.whole('max-sends')} is too few", f"give {LEAST_SENDS} or more")
    if settings.whole("repeat") < 1:
        raise InputError(f"--repeat {settings.whole('repeat')} is too few", "give 1 or more")
    names = (settings.text("good"), settings.text("bad"))
    if any(is_file(name) for name in names):
        good, bad = find_captures(settings, names)
        to = settings.text("to") or (handler_of_files(settings, (bad,)) if is_file(names[1]) else "")
        with hold_apart((bad,)) as store:
            bad = replace(bad, delivery=store.find("1").delivery)
            bisected = asyncio.run(_bisect(settings, store, good, bad, to))
    else:
        with open_captures(settings) as store:
            bisected = asyncio.run(_bisect(settings, store, store.find(names[0]), store.find(names[1])))
    if settings.flag("json"):
        print(json.dumps(to_mapping(bisected)))
    else:
        for line in render(bisected):
            print(line)
    return 0 if bisected.found.found and bisected.found.complete else NOT_FOUND


async def _bisect(settings: Settings, store: CaptureStore, good: Capture, bad: Capture, to: str = "") -> Bisected:
    from hookscope.commands.captures import note_doubled
    from hookscope.console.progress import ProgressBar
    from hookscope.tools.bisect.run import Bisecter
    from hookscope.tools.replay.trials import open_tries

    async with open_tries(settings, store, to) as tries:
        handler = await tries.demand(bad)
        if settings.text("to"):
            note_doubled(handler, bad)
        most = settings.whole("max-sends")
        with ProgressBar(most, "bisecting, at most") as progress:
            return await Bisecter(tries, progress.step).run(
                good,
                bad,
                store.number_of(bad.delivery.id),
                max_sends=most,
                repeats=settings.whole("repeat"),
                resigned=not settings.flag("as-signed"),
            )


def to_mapping(bisected: Bisected) -> dict[str, object]:
    """What was found as plain JSON values."""
    found = bisected.found
    return {
        "found": found.found,
        "complete": found.complete,
        "flaky": found.flaky,
        "good": bisected.good_said,
        "bad": bisected.bad_said,
        "differences": len(bisected.differences),
        "turning": [_difference(one) for one in found.turning] if found.found else [],
        "curing": [_difference(one) for one in found.curing] if found.found else [],
        "sends": found.sends,
        "signed": bisected.note,
    }


def _difference(difference: Difference) -> dict[str, object]:
    from hookscope.tools.bisect.words import difference_in_words

    sides = {"good": difference.left, "bad": difference.right}
    return {"place": difference.place, "kind": difference.kind, **sides, "text": difference_in_words(difference)}


COMMAND = Command(
    name="bisect",
    summary="find the smallest difference between two captures that turns the answer",
    description=(
        "Sends mixtures of GOOD and BAD to the handler, signed anew where a secret is known, as attempts of BAD. Where"
        " GOOD is refused too, what turns its answer into BAD's is found. Exits 0 where the difference was found, 1"
        " where it was not."
    ),
    arguments=(
        Argument(
            name="good",
            help=(
                "the capture that is accepted, or refused otherwise: a number, an id's beginning, last, or a capture"
                " file"
            ),
        ),
        Argument(name="bad", help="the one that fails, named in the same way"),
    ),
    options=(
        Option(name="max-sends", kind="whole", help="how many sends at most", default=200, metavar="COUNT"),
        Option(
            name="repeat",
            kind="whole",
            help="sends of each trial; the commonest answer counts",
            default=1,
            metavar="COUNT",
        ),
        Option(name="as-signed", kind="flag", help="leave signatures as they came, and compare them too"),
        *options.RESEND,
        options.JSON,
    ),
    run=run,
)

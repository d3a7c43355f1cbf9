"""`hookscope probe`: the few re-sends that tell the causes of a failure apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.capture import Capture
    from hookscope.model.handler import Handler
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.probe.probe import Probe, ProbeOutcome
    from hookscope.tools.probe.run import Probed

NOTHING_PROVED = 1
WORDS = {"left": "what is left", "ruled-out": "ruled out"}


def run(settings: Settings) -> int:
    """Show the plan, run it, say what it proved; 0 where something was proved, or one cause is left."""
    import asyncio

    from hookscope.commands.captures import open_captures

    with open_captures(settings) as store:
        capture = store.find(settings.text("capture"))
        number = store.number_of(capture.delivery.id)
        probed = asyncio.run(_run(settings, store, capture, number))
    if probed is None:
        return 0
    return 0 if any(conclusion.proof in ("proved", "left") for conclusion in probed.conclusions) else NOTHING_PROVED


async def _run(settings: Settings, store: CaptureStore, capture: Capture, number: int) -> Probed | None:
    import json
    import sys

    from hookscope.commands.captures import note_doubled
    from hookscope.console.progress import ProgressBar
    from hookscope.tools.probe.run import Prober
    from hookscope.tools.replay.trials import open_tries

    as_json = settings.flag("json")
    async with open_tries(settings, store) as tries:
        prober = Prober(tries)
        probes = prober.plan(capture, direct=settings.text("direct"), only=settings.many("only"))
        handler = await tries.demand(capture)
        if settings.text("to"):
            note_doubled(handler, capture)
        if not as_json:
            _print_plan(probes, number, handler)
        if settings.flag("plan"):
            if as_json:
                print(json.dumps({"number": number, "plan": [probe.to_mapping() for probe in probes]}))
            return None
        if not settings.flag("yes") and not _agreed(len(probes)):
            print("nothing was sent", file=sys.stderr)
            return None
        with ProgressBar(len(probes), "probing") as progress:

            def told(outcome: ProbeOutcome) -> None:
                progress.clear()
                if not as_json:
                    print(_line(outcome))
                progress.step()

            probed = await prober.run(capture, number, probes, told)
    _print_conclusions(probed, number, as_json=as_json)
    return probed


def _print_plan(probes: tuple[Probe, ...], number: int, handler: Handler) -> None:
    from hookscope.text.safe import safe_text

    print(f"capture {number} is sent {len(probes)} times to {safe_text(handler.url)}:")
    for index, probe in enumerate(probes, 1):
        print(f"  {index}. {safe_text(probe.title)}: {probe.tells}")


def _agreed(count: int) -> bool:
    """Whether the user agrees; without a terminal the command itself is the agreement."""
    import sys

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    print(f"send {'it' if count == 1 else f'these {count}'}? [Y/n] ", end="", flush=True, file=sys.stderr)
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")


def _line(outcome: ProbeOutcome) -> str:
    from hookscope.text.safe import safe_text

    mark = "✓" if outcome.accepted else "✗"
    found = (
        f"  [{outcome.finding.code}] {safe_text(outcome.finding.title)}"
        if outcome.finding and not outcome.probe.misread
        else ""
    )
    return f"{mark} {safe_text(outcome.probe.title)}: {outcome.said} in {outcome.attempt.elapsed_ms:.0f} ms{found}"


def _print_conclusions(probed: Probed, number: int, *, as_json: bool) -> None:
    import json

    if as_json:
        print(
            json.dumps(
                {
                    "number": number,
                    "probes": [outcome.to_mapping() for outcome in probed.outcomes],
                    "conclusions": [conclusion.to_mapping() for conclusion in probed.conclusions],
                }
            )
        )
        return
    print()
    for conclusion in probed.conclusions:
        print(f"{WORDS.get(conclusion.proof, conclusion.proof)}: {conclusion.text}")
        if conclusion.hint:
            print(f"  → {conclusion.hint}")


COMMAND = Command(
    name="probe",
    summary="re-send a failed capture in a few ways that tell its causes apart",
    description="Shows the plan first. Exits 0 where the probes proved something or left one cause, else 1.",
    arguments=(options.CAPTURE,),
    options=(
        Option(name="plan", kind="flag", help="print the plan and send nothing"),
        Option(name="yes", kind="flag", help="send without asking", short="y"),
        Option(name="direct", help="the app's own address behind a proxy, to ask it too", metavar="HANDLER"),
        Option(name="only", help="make this probe, such as other-slash; may be repeated", repeat=True, metavar="PROBE"),
        *options.RESEND,
        options.JSON,
    ),
    run=run,
)

"""`hookscope replay`: captured deliveries sent again, as they were or edited and signed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookscope.model.capture import Capture
    from hookscope.model.events import Event
    from hookscope.model.session_requests import Replay
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.replay.many import Done, Due

EDIT_OPTIONS = (
    Option(name="method", help="send with this method", metavar="METHOD"),
    Option(name="path", help="send to this path and query in the place of the captured one", metavar="PATH"),
    Option(name="set-header", help="set a header", repeat=True, metavar="NAME:VALUE"),
    Option(name="drop-header", help="leave a header off", repeat=True, metavar="NAME"),
    Option(name="body", help="send this file's bytes as the body (- for standard input)", metavar="FILE"),
    Option(name="set", help="set a value of the JSON body", repeat=True, metavar="POINTER=VALUE"),
)
SENDING_OPTIONS = (
    *options.RESEND,
    Option(name="resign", kind="flag", help="sign anew with the provider's configured secret and a fresh timestamp"),
    options.PRESERVE_HOST,
)
PACE_OPTIONS = (
    options.WHERE,
    Option(name="concurrency", kind="whole", help="how many at a time", default=1, metavar="COUNT"),
    Option(name="rate", kind="rate", help="how many are begun in a time, such as 3/s or 90/min", metavar="RATE"),
    Option(name="keep-timing", kind="flag", help="keep the distances in time at which they came"),
)
COMPARE_OPTIONS = (
    Option(name="compare", kind="flag", help="hold the answers against the recorded ones; 1 where one differs"),
    Option(
        name="ignore",
        help="a place that may differ: a JSON Pointer into the body (* for one step), or such as headers.x-id",
        repeat=True,
        metavar="PLACE",
    ),
    options.JUNIT,
)


def run(settings: Settings) -> int:
    """Replay what is named; 0 when every attempt was accepted, 1 when one was not."""
    from hookscope.commands.captures import open_captures
    from hookscope.commands.find_captures import is_file
    from hookscope.commands.find_dues import find_dues
    from hookscope.tools.compare.answers import check_places
    from hookscope_relay.errors import InputError

    names = settings.many("capture")
    files = [name for name in names if is_file(name)]
    if settings.whole("concurrency") < 1:
        raise InputError(f"--concurrency {settings.whole('concurrency')} is too few", "give 1 or more")
    if not names and not settings.text("where"):
        raise InputError("nothing is named to replay", "give a number, last, a capture file, or --where FILTER")
    if files and (len(files) < len(names) or settings.text("where")):
        raise InputError("capture files and captures cannot be replayed together", "replay them one after the other")
    if not settings.flag("compare") and (settings.many("ignore") or settings.text("junit")):
        raise InputError("--ignore and --junit are for a comparison", "give --compare, too")
    check_places(settings.many("ignore"))
    if files:
        return _replay_files(settings, files)
    with open_captures(settings) as store:
        return _replay(settings, store, find_dues(store, names, settings.text("where")))


def _replay_files(settings: Settings, names: list[str]) -> int:
    """Replay the captures of files and of folders of them; a bad file fails by itself."""
    import sys

    from hookscope.commands.captures import hold_apart
    from hookscope.commands.outcome import NOT_ACCEPTED
    from hookscope.text.safe import safe_text
    from hookscope.tools.replay.many import Due
    from hookscope.tools.save.load import load_fixtures

    loaded = load_fixtures(names)
    errors = [one.error for one in loaded if one.error is not None]
    good = [(str(one.path), one.capture) for one in loaded if one.capture is not None]
    if errors and not good and len(errors) == 1:
        raise errors[0]
    for error in errors:
        print(f"hookscope: {safe_text(str(error))}", file=sys.stderr)
    if not good:
        return errors[0].exit_code
    captures = tuple(capture for _, capture in good)
    with hold_apart(captures) as store:
        dues = [
            Due(str(number), capture.delivery.received_at, file) for number, (file, capture) in enumerate(good, start=1)
        ]
        code = _replay(settings, store, dues, captures)
    return code or (NOT_ACCEPTED if errors else 0)


def _replay(settings: Settings, store: CaptureStore, dues: list[Due], captures: tuple[Capture, ...] = ()) -> int:
    import asyncio
    import sys
    import time

    from hookscope.commands.compare_answers import compare_answers
    from hookscope.commands.outcome import exit_code
    from hookscope.console.progress import ProgressBar

    wanted = _wanted(settings, store, dues, captures)
    if settings.flag("compare"):
        return compare_answers(settings, store, dues, wanted, captures)
    outcomes: list[Done] = []
    started = time.monotonic()
    with ProgressBar(len(dues), "replaying") as progress:

        def done(outcome: Done) -> None:
            outcomes.append(outcome)
            progress.clear()
            _print(outcome, as_json=settings.flag("json"))
            progress.step()

        asyncio.run(_run(settings, store, dues, wanted, done))
    accepted = sum(outcome.passed for outcome in outcomes)
    elapsed = time.monotonic() - started
    print(f"{len(dues)} replayed in {elapsed:.1f} s: {accepted} accepted, {len(dues) - accepted} not", file=sys.stderr)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if errors and len(errors) == len(dues):
        return errors[0].exit_code
    failures = [one.replayed.attempt.failure if one.replayed is not None else None for one in outcomes]
    return exit_code([outcome.passed for outcome in outcomes], failures)


async def _run(
    settings: Settings,
    store: CaptureStore,
    dues: list[Due],
    wanted: Replay,
    done: Callable[[Done], None],
) -> None:
    from hookscope.commands.captures import open_replayer
    from hookscope.tools.replay.many import replay_many

    def quiet(event: Event) -> None:
        """Each outcome is printed whole when its attempt and its findings are there."""

    async with open_replayer(settings, store, quiet, [int(due.name) for due in dues]) as replayer:
        await replay_many(
            dues,
            wanted,
            replayer.replay,
            done,
            concurrency=settings.whole("concurrency"),
            rate=settings.number("rate") if settings.given("rate") else None,
            keep_timing=settings.flag("keep-timing"),
        )


def _wanted(settings: Settings, store: CaptureStore, dues: list[Due], captures: tuple[Capture, ...]) -> Replay:
    import sys
    from pathlib import Path

    from hookscope.apps.routes import routes_of
    from hookscope.commands.captures import handler_of_files
    from hookscope.config.regular_file import MAX_CAPTURE_BYTES, read_regular
    from hookscope.model.edits import edits_of, render_draft
    from hookscope.model.session_requests import Replay
    from hookscope.tools.replay.outside_editor import edit_outside
    from hookscope_relay.errors import InputError

    body = None
    if name := settings.text("body"):
        body = sys.stdin.buffer.read() if name == "-" else read_regular(Path(name), MAX_CAPTURE_BYTES)
    draft = None
    if settings.flag("edit"):
        if len(dues) != 1:
            raise InputError(f"--edit is for one capture, and {len(dues)} are named", "name one")
        capture = store.find(dues[0].name)
        draft = edit_outside(render_draft(capture.delivery), settings.environ)
    return Replay(
        name="",
        edits=edits_of(
            method=settings.text("method"),
            path=settings.text("path") if settings.given("path") else None,
            set_headers=settings.many("set-header"),
            drop_headers=settings.many("drop-header"),
            body=body,
            values=settings.many("set"),
        ),
        draft=draft,
        to=settings.text("to") or ("" if routes_of(settings) else handler_of_files(settings, captures)),
        resign=settings.flag("resign"),
        provider=settings.text("provider"),
        limit_s=settings.number("timeout"),
    )


def _print(outcome: Done, *, as_json: bool) -> None:
    import json
    import sys

    from hookscope.commands.outcome import render_findings, render_outcome
    from hookscope.text.safe import safe_text

    if outcome.replayed is None:
        print(f"hookscope: {_label(outcome.due)}: {safe_text(str(outcome.error))}", file=sys.stderr)
        return
    if as_json:
        print(json.dumps(_mapping(outcome)))
        return
    attempt, note = outcome.replayed.attempt, outcome.replayed.note
    said = render_outcome(attempt.answer, attempt.failure, attempt.elapsed_ms)
    way = f" ({attempt.way})" if attempt.way else ""
    print(f"{'✓' if outcome.passed else '✗'} {_label(outcome.due)} → {safe_text(attempt.handler_url)}{way}  {said}")
    for copy in outcome.replayed.copies:
        said = render_outcome(copy.answer, copy.failure, copy.elapsed_ms)
        print(f"    {'✓' if copy.is_accepted else '✗'} {copy.way} → {safe_text(copy.handler_url)}  {said}")
    if outcome.replayed.transformed:
        print("    changed by your transform")
    if note:
        print(f"    {safe_text(note)}")
    elif attempt.request is not None and _was_signed(outcome):
        print("    edited and not signed anew: its signature no longer verifies; --resign signs it")
    findings = outcome.replayed.explained.findings
    for line in render_findings(findings, "    ", outcome.due.file or outcome.replayed.number):
        print(line)


def _label(due: Due) -> str:
    from hookscope.text.safe import safe_text

    return safe_text(due.file) or f"#{due.name}"


def _was_signed(outcome: Done) -> bool:
    verdict = outcome.replayed.explained.verdict if outcome.replayed else None
    return verdict is not None and verdict.state in ("rejected", "no-secret")


def _mapping(outcome: Done) -> dict[str, object]:
    from hookscope.commands.outcome import outcome_facts

    assert outcome.replayed is not None
    attempt = outcome.replayed.attempt
    named = outcome.due.file or outcome.replayed.number
    findings = outcome.replayed.explained.findings
    return {
        "file" if outcome.due.file else "number": named,
        "attempt": attempt.number,
        "handler_url": attempt.handler_url,
        "route": attempt.route,
        "transformed": outcome.replayed.transformed,
        "copies": [
            {"route": copy.route, "attempt": copy.number, "handler_url": copy.handler_url}
            | outcome_facts(copy.answer, copy.failure, copy.elapsed_ms, (), named)
            for copy in outcome.replayed.copies
        ],
        "signed": outcome.replayed.note,
        **outcome_facts(attempt.answer, attempt.failure, attempt.elapsed_ms, findings, named),
    }


COMMAND = Command(
    name="replay",
    summary="send captured deliveries again, as they were or edited and signed anew",
    description="Each replay is one more attempt of its capture and carries Hookscope-Replay-Of.",
    arguments=(
        Argument(name="capture", help="numbers, id prefixes, last, or capture files and folders of them", count="any"),
    ),
    options=(
        *SENDING_OPTIONS,
        *EDIT_OPTIONS,
        options.ROUTE,
        options.TRANSFORM,
        Option(name="edit", kind="flag", help="edit the request in $EDITOR first"),
        *PACE_OPTIONS,
        *COMPARE_OPTIONS,
        options.JSON,
    ),
    run=run,
)

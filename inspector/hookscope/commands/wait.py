"""`hookscope wait`: until a delivery comes that meets a filter; made for scripts and CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.store.reader import CaptureReader

FAILED = 1


def run(settings: Settings) -> int:
    """0 when it came; 1 with the findings when it came and ended otherwise; `OutOfTime` when it did not come."""
    import sys

    from hookscope.commands.captures import open_captures
    from hookscope.tools.wait.expectation import Expectation
    from hookscope.tools.wait.run import Wait, newest_before, wait_for
    from hookscope_relay.errors import InputError

    text, count, timeout_s = " ".join(settings.many("filter")), settings.whole("count"), settings.number("timeout")
    if count < 1:
        raise InputError(f"--count {count} waits for nothing", "give how many are awaited, such as 1")
    as_json = settings.flag("json")
    with open_captures(settings) as store:
        expectation = Expectation(text, count, newest_before(store, settings.number("since")))
        what = f"{count} deliver{'y' if count == 1 else 'ies'}{f': {text}' if text else ''}"
        print(f"waiting up to {timeout_s:g} s for {what}", file=sys.stderr, flush=True)
        seen = wait_for(Wait(store, expectation, timeout_s, lambda number: _print_row(store, number, as_json)))
        if expectation.is_met(seen):
            return 0
        _print_failed(store, seen.failed, as_json)
        return FAILED


def _print_row(store: CaptureReader, number: int, as_json: bool) -> None:
    import json

    from hookscope.commands.list import render_row

    row = store.summary(number)
    if row is not None:
        print(json.dumps(row.to_mapping()) if as_json else render_row(row), flush=True)


def _print_failed(store: CaptureReader, number: int, as_json: bool) -> None:
    """The delivery that came and ended otherwise: all that is known of it."""
    import json
    import sys

    from hookscope.commands.capture_lines import render

    capture = store.find(str(number))
    findings = store.findings(capture.delivery.id)
    row = store.summary(number)
    if as_json and row is not None:
        print(json.dumps(row.to_mapping() | {"findings": [finding.to_mapping() for finding in findings]}))
        return
    print("it came, and ended otherwise:", file=sys.stderr, flush=True)
    for line in render(number, capture, store.verdict(capture.delivery.id), findings):
        print(line)


COMMAND = Command(
    name="wait",
    summary="wait until a delivery comes that meets a filter",
    description="Waits beside a running `hookscope listen` for deliveries that meet a filter and prints each. Ends with"
    " 0 when they came, with 1 and the findings when one came that differs only in its outcome (status:, is:, finding:,"
    " failure:, elapsed:, verdict:), and with 13 when the time ran out.",
    arguments=(Argument(name="filter", help="such as type:page.created status:2xx", count="any"),),
    options=(
        options.COUNT,
        Option(name="timeout", kind="duration", help="how long it waits", default=60.0, metavar="DURATION"),
        Option(
            name="since",
            kind="duration",
            help="count what came that long before, too",
            default=0.0,
            metavar="DURATION",
        ),
        options.JSON,
    ),
    run=run,
)

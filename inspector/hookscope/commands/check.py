"""`hookscope check`: puts a handler through its provider's paces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.handler import Handler
    from hookscope.tools.check.kit import Kit
    from hookscope.tools.check.report import CheckReport
    from hookscope.tools.check.table import Check

FAILED = 1

OPTIONS = (
    Option(name="provider", help="the provider whose deliveries the handler takes", metavar="NAME"),
    Option(name="event", help="the event to send; else the first that we have a sample of", metavar="EVENT"),
    options.SECRET_FILE,
    options.DOTENV,
    Option(name="url", help="the public URL that the sender calls, where the signature covers it", metavar="URL"),
    options.PARAM,
    Option(name="only", help="make this check or group only", repeat=True, metavar="CHECK"),
    Option(name="skip", help="leave out this check or group", repeat=True, metavar="CHECK"),
    Option(name="list", kind="flag", help="print the checks and make none"),
    Option(
        name="limit",
        kind="duration",
        help="how long the sender waits, in the place of the provider's own",
        metavar="TIME",
    ),
    options.TIMEOUT,
    replace(options.API, help="see the handler's calls to this API, and play it where it must refuse: as for `listen`"),
    options.API_PORT,
    options.JUNIT,
    options.INSECURE,
    options.ALLOW_REMOTE,
    options.JSON,
)


def run(settings: Settings) -> int:
    """Check the handler and print the report; 1 where a check failed."""
    from hookscope.commands.captures import where_accepted
    from hookscope.model.handler import parse_handler
    from hookscope.tools.check.setup import build_kit
    from hookscope.tools.check.table import choose
    from hookscope_relay.errors import InputError

    checks = choose(settings.many("only"), settings.many("skip"))
    if settings.flag("list"):
        return _list(checks, as_json=settings.flag("json"))
    if not settings.text("handler"):
        raise InputError("no handler is named", "give 3000/webhooks or http://localhost:3000/webhooks")
    if not settings.text("provider"):
        raise InputError("no provider is named", "give --provider; see `hookscope providers`")
    handler = parse_handler(settings.text("handler"))
    if not handler.path:
        handler = where_accepted(settings, handler)
    kit, note = build_kit(settings, handler)
    report = replace(_check(settings, handler, kit, checks), notes=(note,))
    _print(report, settings)
    if settings.text("junit"):
        _write_junit(report, settings.text("junit"))
    return FAILED if report.failed else 0


def _list(checks: tuple[Check, ...], *, as_json: bool) -> int:
    import json

    for check in checks:
        if as_json:
            print(json.dumps({"check": check.name, "group": check.group, "line": check.line, "needs": check.need}))
        else:
            print(f"{check.name:<20} {check.group:<10} {check.line}")
    return 0


def _check(settings: Settings, handler: Handler, kit: Kit, checks: tuple[Check, ...]) -> CheckReport:
    import asyncio

    from hookscope.console.progress import ProgressBar
    from hookscope.tools.check.setup import run_checks

    with ProgressBar(len(checks), "checking") as progress:
        return asyncio.run(run_checks(settings, handler, kit, checks, lambda _: progress.step()))


def _print(report: CheckReport, settings: Settings) -> None:
    import json
    import shutil
    import sys

    from hookscope.console.colour import wants_colour
    from hookscope.tools.check.report import render_lines, render_table

    if settings.flag("json"):
        print(json.dumps(report.to_mapping()))
        return
    if sys.stdout.isatty():
        colour = wants_colour(settings.environ, sys.stdout)
        lines = render_table(report, shutil.get_terminal_size().columns, colour=colour)
    else:
        lines = render_lines(report)
    for line in lines:
        print(line)


def _write_junit(report: CheckReport, name: str) -> None:
    from pathlib import Path

    from hookscope.tools.check.junit import render_junit
    from hookscope_relay.errors import CannotWrite

    try:
        Path(name).write_text(render_junit(report), "utf-8")
    except OSError as error:
        raise CannotWrite(f"{name} cannot be written: {error.strerror}", "name another file") from None


COMMAND = Command(
    name="check",
    summary="put a handler through its provider's paces, and name what is wrong",
    description=(
        "Sends about 70 deliveries to the handler: valid ones, forged ones and broken ones. Exits 0 where every check"
        " passed (warnings apart), 1 where one failed, 6 where the handler cannot be reached."
    ),
    arguments=(Argument(name="handler", help="the handler's URL, such as 3000/webhooks", count="optional"),),
    options=OPTIONS,
    run=run,
)

"""`hookscope diagnose`: the findings for recorded captures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.regular_file import MAX_CAPTURE_BYTES, MAX_SECRET_BYTES, read_regular
from hookscope.config.settings import Settings
from hookscope.text.safe import safe_text
from hookscope_relay.errors import HookscopeError

if TYPE_CHECKING:
    from hookscope.model.finding import Evidence, Finding
    from hookscope.model.secret import Secret

FAILED = 1
BAD_INPUT = 2

_MARKS = {"error": "✗", "warning": "!", "info": "·"}


def run(settings: Settings) -> int:
    """Print the findings of each file, best first; the exit code says whether one was as bad as --fail-on,
    or a file was bad."""
    diagnose_file = _diagnoser(settings)
    threshold = settings.text("fail-on")
    failed = bad = False
    for name in settings.many("file"):
        try:
            findings = diagnose_file(name)
        except HookscopeError as error:
            print(f"hookscope: {safe_text(str(error))}", file=sys.stderr)
            bad = True
            continue
        for line in _json_line(name, findings) if settings.flag("json") else _lines(name, findings):
            print(line)
        failed = failed or _fails(findings, threshold)
    return BAD_INPUT if bad else FAILED if failed else 0


def _diagnoser(settings: Settings) -> Callable[[str], tuple[Finding, ...]]:
    # What costs time to load is loaded here, once for all files and not for `--help`.
    from hookscope.commands.find_captures import find_captures, names_capture
    from hookscope.diagnosis.engine import diagnose
    from hookscope.diagnosis.from_capture import case_of
    from hookscope.diagnosis.silence import check_codes, silenced
    from hookscope.model.capture_file import loads
    from hookscope.providers.registry import all_providers

    quiet = silenced(settings.user, settings.project) | frozenset(settings.many("silence"))
    check_codes(quiet)
    providers = all_providers(settings.user, settings.project)
    secrets = _secrets(settings)

    def one(name: str) -> tuple[Finding, ...]:
        capture = (
            find_captures(settings, (name,))[0]
            if names_capture(name)
            else loads(read_regular(Path(name), MAX_CAPTURE_BYTES, "give a capture file"), name)
        )
        return diagnose(case_of(capture, providers, secrets), quiet)

    return one


def _secrets(settings: Settings) -> Sequence[Secret]:
    """The secret of --secret-file alone where that is given, for whichever provider; else those that are configured."""
    from hookscope.model.secret import Secret
    from hookscope.secrets.kept import load_secrets

    if name := settings.text("secret-file"):
        return [Secret("", "given", read_regular(Path(name), MAX_SECRET_BYTES).rstrip(b"\r\n"))]
    dotenv = settings.text("dotenv")
    return load_secrets(settings.environ, settings.places, Path(dotenv) if dotenv else None)


def _json_line(name: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield json.dumps({"file": name, "findings": [finding.to_mapping(_capture(name)) for finding in findings]})


def _lines(name: str, findings: Sequence[Finding]) -> Iterator[str]:
    from hookscope.diagnosis.cause_words import cause_words

    yield safe_text(name)
    if not findings:
        yield "  nothing to say: the capture has no attempt"
    for finding in findings:
        who = f"{finding.layer}, {finding.product}" if finding.product else finding.layer
        yield safe_text(f"  {_MARKS[finding.severity]} {finding.title} [{finding.code}] ({who}; {finding.how_sure})")
        if finding.alternatives:
            yield safe_text(f"      could also be: {'; '.join(map(cause_words, finding.alternatives))}")
        yield from (f"      {safe_text(_fact(fact))}" for fact in finding.evidence)
        yield safe_text(f"      → {finding.hint_for(_capture(name))}")


def _capture(name: str) -> int | str:
    return int(name) if name.isdigit() else name


def _fact(fact: Evidence) -> str:
    span = f" [{fact.start}:{fact.end}]" if fact.end else ""
    return f"{fact.text}  ({fact.place}{span})" if fact.place else fact.text


def _fails(findings: Sequence[Finding], threshold: str) -> bool:
    severities = {"warning": {"warning", "error"}, "error": {"error"}}.get(threshold, set())
    return any(finding.severity in severities for finding in findings)


COMMAND = Command(
    name="diagnose",
    summary="say who answered recorded captures, why, and what to do",
    description=(
        "Reads captures, by number or as files (`hookscope/1`), and prints the findings of the diagnosis, best first."
    ),
    arguments=(
        Argument(
            name="file",
            help="a capture file, as `hookscope show --json` prints it, or a number, the beginning of an id, or last",
            count="some",
        ),
    ),
    options=(
        options.JSON,
        Option(
            name="fail-on",
            help="exit 1 where a finding is this bad or worse",
            choices=("warning", "error"),
            metavar="warning|error",
        ),
        Option(name="silence", help="leave out a rule or a family of rules", repeat=True, metavar="CODE"),
        options.SECRET_FILE,
        options.DOTENV,
    ),
    run=run,
)

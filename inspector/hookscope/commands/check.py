"""`hookscope check`: puts a handler through its provider's paces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands.command import JSON_OPTION, Argument, Command
from hookscope.settings import Option, Settings

if TYPE_CHECKING:
    from hookscope.checking.kit import Kit
    from hookscope.checking.report import Report
    from hookscope.checking.table import Check
    from hookscope.handler import Handler
    from hookscope.providers.provider import Provider, Scheme
    from hookscope.samples.sample import Sample
    from hookscope.signatures.secrets import Secret

FAILED = 1

OPTIONS = (
    Option(name="provider", help="the provider whose deliveries the handler takes", metavar="NAME"),
    Option(name="event", help="the event to send; else the first that we have a sample of", metavar="EVENT"),
    Option(
        name="secret-file", help="a file with the signing secret, or with a private key to sign with", metavar="FILE"
    ),
    Option(name="dotenv", help="read signing secrets from this .env file too", metavar="FILE"),
    Option(name="url", help="the public URL that the sender calls, where the signature covers it", metavar="URL"),
    Option(
        name="param", help="what else the provider needs, such as verify_token=…", repeat=True, metavar="NAME=VALUE"
    ),
    Option(name="only", help="make this check or group only", repeat=True, metavar="CHECK"),
    Option(name="skip", help="leave out this check or group", repeat=True, metavar="CHECK"),
    Option(name="list", kind="flag", help="print the checks and make none"),
    Option(
        name="limit",
        kind="duration",
        help="how long the sender waits, in the place of the provider's own",
        metavar="TIME",
    ),
    Option(name="timeout", kind="duration", help="how long an answer is awaited", default=30.0, metavar="TIME"),
    Option(name="junit", help="write the report as JUnit XML to this file", metavar="FILE"),
    Option(name="insecure", kind="flag", help="accept a handler's self-signed certificate", widens_trust=True),
    Option(name="allow-remote", kind="flag", help="check a handler on another machine", widens_trust=True),
    JSON_OPTION,
)


def run(settings: Settings) -> int:
    """Check the handler and print the report; 1 where a check failed."""
    from hookscope.checking.table import choose
    from hookscope.handler import parse_handler
    from hookscope_relay.errors import InputError

    checks = choose(settings.many("only"), settings.many("skip"))
    if settings.flag("list"):
        return _list(checks, as_json=settings.flag("json"))
    if not settings.text("handler"):
        raise InputError("no handler is named", "give 3000/webhooks or http://localhost:3000/webhooks")
    if not settings.text("provider"):
        raise InputError("no provider is named", "give --provider; see `hookscope providers`")
    handler = parse_handler(settings.text("handler"))
    kit, notes = _kit(settings, handler)
    report = _check(settings, handler, kit, checks, notes)
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


def _kit(settings: Settings, handler: Handler) -> tuple[Kit, tuple[str, ...]]:
    """What the checks work with, and what a reader of the report must know."""
    import os
    import time

    from hookscope.checking.kit import ASSUMED_LIMIT_S, Kit
    from hookscope.commands.verify import find_secrets
    from hookscope.samples.loading import find_sample, first_event
    from hookscope.settings import parse_parameters

    provider = _provider(settings)
    sample = find_sample(provider, settings.text("event")) if settings.text("event") else first_event(provider)
    params = parse_parameters(settings.many("param"))
    scheme = _scheme(provider, sample, params)
    ours, _ = find_secrets(settings, provider)
    secret, public, note = _key(settings, provider, scheme, ours)
    limit_s = settings.number("limit") if settings.given("limit") else provider.time_limit_s
    kit = Kit(
        provider=provider,
        sample=sample,
        scheme=scheme,
        secret=secret,
        public=public,
        others=tuple(other for other in ours if secret is not None and other not in (secret, public)),
        url=settings.text("url") or handler.origin + (handler.path or "/"),
        target=handler.path or "/",
        now=time.time,
        randomness=os.urandom,
        params=params,
        limit_s=limit_s or ASSUMED_LIMIT_S,
        limit_known=limit_s is not None,
    )
    return kit, (note,)


def _provider(settings: Settings) -> Provider:
    import difflib

    from hookscope.providers.registry import all_providers
    from hookscope_relay.errors import InputError

    asked = settings.text("provider")
    providers = all_providers(settings.user, settings.project)
    provider = providers.resolve(asked)
    if provider is None:
        close = difflib.get_close_matches(asked, providers.names, 1)
        hint = f"did you mean {close[0]}?" if close else "see `hookscope providers`"
        raise InputError(f"there is no provider or scheme {asked!r}", hint)
    return provider


def _scheme(provider: Provider, sample: Sample, params: dict[str, str]) -> Scheme | None:
    """The scheme to sign with; None where the provider signs nothing."""
    from hookscope_relay.errors import InputError

    usable = [scheme for scheme in provider.schemes if not scheme.explicit]
    scheme = provider.scheme(sample.scheme) if sample.scheme else next(iter(usable), None)
    for name in scheme.parameters if scheme else ():
        if not params.get(name):
            raise InputError(f"{provider.title} needs the parameter {name} to sign", f"give --param {name}=VALUE")
    return scheme


def _key(
    settings: Settings, provider: Provider, scheme: Scheme | None, ours: tuple[Secret, ...]
) -> tuple[Secret | None, Secret | None, str]:
    """What signs and what verifies, both None where only unsigned deliveries can be made, and a sentence about it."""
    from hookscope.signing_keys import find_key
    from hookscope_relay.errors import InputError

    if scheme is None:
        return None, None, f"{provider.title} signs nothing: whoever knows the URL can call the handler"
    try:
        key = find_key(provider, scheme, ours, settings.places)
    except InputError as error:
        return None, None, f"{error.what}, so only unsigned checks are made; {error.remedy}, or give --secret-file"
    return key.secret, key.public, key.note


def _check(settings: Settings, handler: Handler, kit: Kit, checks: tuple[Check, ...], notes: tuple[str, ...]) -> Report:
    import asyncio
    import time

    from hookscope.checker import FRESH, Checker
    from hookscope.checking.report import Report
    from hookscope.forwarding.forwarder import Forwarder
    from hookscope.progress import Progress

    async def check() -> Report:
        forwarder = Forwarder(
            handler,
            insecure=settings.flag("insecure"),
            allow_remote=settings.flag("allow-remote"),
            idle_s=FRESH,
        )
        started = time.monotonic()
        try:
            with Progress(len(checks), "checking") as progress:
                checker = Checker(
                    forwarder,
                    kit,
                    timeout_s=settings.number("timeout"),
                    forwarded=bool(settings.text("url")),
                    told=lambda _: progress.step(),
                )
                facts = await checker.run(checks)
        finally:
            await forwarder.close()
        return Report(
            url=handler.url,
            provider=kit.provider.name,
            event=kit.sample.event,
            facts=facts,
            notes=notes,
            elapsed_s=time.monotonic() - started,
        )

    return asyncio.run(check())


def _print(report: Report, settings: Settings) -> None:
    import json
    import shutil
    import sys

    from hookscope.checking.report import render_lines, render_table

    if settings.flag("json"):
        print(json.dumps(report.to_mapping()))
        return
    if sys.stdout.isatty():
        colour = not settings.environ.get("NO_COLOR")
        lines = render_table(report, shutil.get_terminal_size().columns, colour=colour)
    else:
        lines = render_lines(report)
    for line in lines:
        print(line)


def _write_junit(report: Report, name: str) -> None:
    from pathlib import Path

    from hookscope.checking.junit import render_junit
    from hookscope_relay.errors import CannotWrite

    try:
        Path(name).write_text(render_junit(report), "utf-8")
    except OSError as error:
        raise CannotWrite(f"{name} cannot be written: {error.strerror}", "name another file") from None


COMMAND = Command(
    name="check",
    summary="put a handler through its provider's paces, and name what is wrong",
    description="Sends about 70 deliveries to the handler: valid ones, forged ones and broken ones. Exits 0 where every check passed"
    " (warnings apart), 1 where one failed, 6 where the handler cannot be reached.",
    arguments=(Argument(name="handler", help="the handler's URL, such as 3000/webhooks", count="optional"),),
    options=OPTIONS,
    run=run,
)

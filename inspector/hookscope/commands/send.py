"""`hookscope send`: correctly signed sample deliveries, or ones that are wrong in a known way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Option, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookscope.providers.provider import Provider
    from hookscope.providers.registry import Providers
    from hookscope.secrets.signing_key import SigningKey
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.samples.destination import Destination
    from hookscope.tools.samples.sample import Sample
    from hookscope.tools.samples.send import Sent
    from hookscope.tools.samples.steps import Step
    from hookscope.tools.samples.tell import Telling

NOT_ACCEPTED = 1
LIMIT_S = 30.0

OPTIONS = (
    Option(name="list", kind="flag", help="show which samples there are"),
    Option(name="to", help="where to send: 3000, host:port, 3000/path, a URL, or an endpoint's URL", metavar="HANDLER"),
    options.RELAY,
    options.ALLOW_PLAIN_RELAY,
    Option(
        name="endpoint",
        kind="name",
        help="with --relay and without --to: the endpoint whose public URL to send to",
        default="default",
        metavar="NAME",
    ),
    Option(name="url", help="the URL that the handler is known by, where its provider signs it", metavar="URL"),
    Option(
        name="set",
        help="set a value of the JSON body before it is signed",
        repeat=True,
        metavar="POINTER=VALUE",
    ),
    Option(name="set-header", help="set a header before it is signed", repeat=True, metavar="NAME:VALUE"),
    Option(name="count", kind="whole", help="how many events; 1, or 5 in a burst, unless given", metavar="COUNT"),
    Option(name="rate", help="how many events in a time, such as 5/s or 90/min", metavar="RATE"),
    Option(name="burst", kind="flag", help="rapid edits of one object, as aggregated events arrive"),
    Option(name="duplicate", kind="flag", help="send each event twice"),
    Option(name="shuffle", kind="flag", help="send the events out of order"),
    Option(name="retry", kind="flag", help="send again until it is accepted, as the provider documents it"),
    Option(
        name="within",
        kind="duration",
        help="the time into which the waits of --retry are squeezed",
        default=10.0,
        metavar="TIME",
    ),
    Option(name="tamper", kind="flag", help="change a byte after signing"),
    Option(name="stale", kind="flag", help="sign with a timestamp that is too old"),
    Option(name="unsigned", kind="flag", help="leave the signature off"),
    options.SCHEME,
    options.SECRET_FILE,
    options.DOTENV,
    options.PARAM,
    Option(
        name="timeout",
        kind="duration",
        help="how long an answer may take; as long as the provider waits unless given",
        metavar="TIME",
    ),
    Option(name="capture", kind="flag", help="keep what is sent to a handler among the captures", default=True),
    options.INSECURE,
    options.ALLOW_REMOTE,
    options.JSON,
)


def run(settings: Settings) -> int:
    """Send what is asked for; 0 where all of it was accepted, 1 where something was not."""
    import sys
    import time

    from hookscope.apps.relay_access import check_relay
    from hookscope.providers.registry import all_providers
    from hookscope.tools.samples.destination import find_destination
    from hookscope.tools.samples.load import find_sample

    providers = all_providers(settings.user, settings.project)
    if settings.flag("list"):
        return _list(settings, providers)
    provider = _provider(settings, providers)
    sample = find_sample(provider, _event(settings, provider))
    destination = find_destination(
        settings.text("to"), check_relay(settings), settings.text("endpoint"), settings.places.endpoints
    )
    steps = _steps(settings)
    waits, assumed = _waits(settings, provider)
    telling, note = _telling(settings, provider, sample, destination)
    for line in filter(None, (note, assumed)):
        print(line, file=sys.stderr)
    started = time.monotonic()
    sent = _send(settings, providers, destination, telling, steps, waits)
    return _summarise(settings, provider, sent, time.monotonic() - started)


def _send(
    settings: Settings,
    providers: Providers,
    destination: Destination,
    telling: Telling,
    steps: tuple[Step, ...],
    waits: tuple[float, ...] | None,
) -> tuple[Sent, ...]:
    import asyncio

    from hookscope.commands.captures import hold_apart, open_captures
    from hookscope.forward.forwarder import Forwarder
    from hookscope.tools.samples.send import ToEndpoint, open_post, send_steps

    limit = telling.provider.time_limit_s or LIMIT_S
    limit_s = settings.number("timeout") if settings.given("timeout") else limit
    report = _reporter(settings, telling.sample.event)

    async def send(store: CaptureStore | None) -> tuple[Sent, ...]:
        allow_remote = settings.flag("allow-remote") or destination.is_own_relay
        insecure = settings.flag("insecure")
        forwarder = Forwarder(destination.handler, insecure=insecure, allow_remote=allow_remote)
        await forwarder.check_remote()
        try:
            if store is None:
                post = ToEndpoint(forwarder=forwarder, limit_s=limit_s)
                return await send_steps(steps, telling, post, report, waits)
            secrets, forwarded = telling.checking, bool(settings.text("url"))
            with open_post(store, providers, secrets, forwarder, limit_s=limit_s, forwarded=forwarded) as to_handler:
                return await send_steps(steps, telling, to_handler, report, waits)
        finally:
            await forwarder.close()

    if destination.is_endpoint:
        return asyncio.run(send(None))
    with open_captures(settings) if settings.flag("capture") else hold_apart(()) as store:
        return asyncio.run(send(store))


# What is asked for


def _provider(settings: Settings, providers: Providers) -> Provider:
    import difflib

    from hookscope_relay.errors import InputError

    name = settings.text("provider")
    if not name:
        raise InputError("no provider is given", "write `hookscope send PROVIDER EVENT`; --list shows what there is")
    found = providers.get(name)
    if found is None:
        close = difflib.get_close_matches(name, providers.names, 1)
        raise InputError(f"there is no provider {name!r}", f"did you mean {close[0]}?" if close else "see --list")
    return found


def _event(settings: Settings, provider: Provider) -> str:
    from hookscope_relay.errors import InputError

    if not settings.text("event"):
        raise InputError("no event is given", f"see `hookscope send {provider.name} --list`")
    return settings.text("event")


def _steps(settings: Settings) -> tuple[Step, ...]:
    import random

    from hookscope.tools.replay.pace import parse_rate
    from hookscope.tools.samples.steps import BURST, Wanted, plan_steps

    burst = settings.flag("burst")
    wanted = Wanted(
        count=settings.whole("count") if settings.given("count") else BURST if burst else 1,
        rate=parse_rate(settings.text("rate")) if settings.text("rate") else 0.0,
        burst=burst,
        duplicate=settings.flag("duplicate"),
        shuffle=settings.flag("shuffle"),
    )
    return plan_steps(wanted, random.Random())  # noqa: S311  # an order, not a secret


def _waits(settings: Settings, provider: Provider) -> tuple[tuple[float, ...] | None, str]:
    """The waits before further attempts, None for no retries; and what of them the provider does not publish."""
    from hookscope.tools.samples.retries import compress, find_schedule

    if not settings.flag("retry"):
        return None, ""
    schedule = find_schedule(provider)
    return compress(schedule.after_s, settings.number("within")), schedule.assumed


def _telling(settings: Settings, provider: Provider, sample: Sample, destination: Destination) -> tuple[Telling, str]:
    """What is told, and how it is signed in words."""
    import os
    import time

    from hookscope.config.settings import parse_parameters
    from hookscope.model.edits import edits_of
    from hookscope.tools.samples.build import Signing, scheme_of
    from hookscope.tools.samples.spoil import stale_by
    from hookscope.tools.samples.tell import Telling

    key, note = _key(settings, provider, sample, destination)
    stale_s = stale_by(scheme_of(sample, provider, asked=settings.text("scheme"))) if settings.flag("stale") else 0.0
    params = parse_parameters(settings.many("param"))
    telling = Telling(
        sample=sample,
        provider=provider,
        url=settings.text("url") or destination.url,
        seed=os.urandom(32),
        started_at=time.time(),
        signing=Signing(secret=key.secret if key else None, params=params, scheme=settings.text("scheme")),
        edits=edits_of(set_headers=settings.many("set-header"), values=settings.many("set")),
        one_object=settings.flag("burst"),
        tampered=settings.flag("tamper"),
        stale_s=stale_s,
        checking=(key.public,) if key else (),
    )
    return telling, note


def _key(
    settings: Settings, provider: Provider, sample: Sample, destination: Destination
) -> tuple[SigningKey | None, str]:
    """What to sign with, None for an unsigned delivery, and what to say about it."""
    from hookscope.secrets.choose import find_secrets
    from hookscope.secrets.signing_key import find_key, make_up_key
    from hookscope.tools.samples.build import scheme_of

    if settings.flag("unsigned"):
        return None, ""
    if not provider.schemes or not sample.signed:
        return None, f"{provider.title} does not sign this"
    secrets = find_secrets(settings, provider)[0]
    if secrets:
        _check_receiver(settings, destination)
    if not secrets and sample.brings_secret:
        key = make_up_key(provider)
        return key, key.note
    key = find_key(provider, scheme_of(sample, provider, asked=settings.text("scheme")), secrets, settings.places)
    return key, key.note


def _check_receiver(settings: Settings, destination: Destination) -> None:
    """Refuse to sign with the user's secrets for a machine that only a project's file names: some schemes send the secret itself."""
    from hookscope.config.project import PROJECT_FILE
    from hookscope.model.errors import RefusedForSafety
    from hookscope.tunnel.reach import is_loopback

    name = "to" if settings.text("to") else "relay"
    if settings.sources.get(name) == "project" and not is_loopback(destination.url):
        raise RefusedForSafety(
            f"{PROJECT_FILE} alone says where to send, and what is sent is signed with your secret",
            f"give --{name} yourself, or --unsigned",
        )


# What is printed


def _reporter(settings: Settings, event: str) -> Callable[[Sent], None]:
    import json

    def report(sent: Sent) -> None:
        if settings.flag("json"):
            print(json.dumps(to_mapping(sent, event)), flush=True)
        else:
            print("\n".join(render_sent(sent, event)), flush=True)

    return report


def render_sent(sent: Sent, event: str) -> list[str]:
    """A delivery that was sent as lines: what came of it, and the findings that matter."""
    from hookscope.text.safe import safe_text

    result = sent.result
    again = f" attempt {sent.attempt}" if sent.attempt > 1 or not sent.last else ""
    copy = " again" if sent.step.copy else ""
    said = f"{result.answer.status} {result.answer.reason}".rstrip() if result.answer else ""
    failed = f"no answer: {result.failure.detail or result.failure.kind}" if result.failure else ""
    by = f", by the {result.answered_by}" if result.answered_by else ""
    kept = f"  #{result.capture}" if result.capture is not None else ""
    mark = "✓" if result.accepted else "✗"
    line = f"{mark} {sent.number:>3}  {event}{copy}{again}  {safe_text(said or failed)} in {result.elapsed_ms:.0f} ms{by}{kept}"
    lines = [line]
    for finding in result.findings if not result.accepted else ():
        if finding.severity != "info":
            lines.append(f"       {finding.severity}: {safe_text(finding.title)} [{finding.code}]")
            lines += [f"         → {safe_text(finding.hint)}"] if finding.hint else []
    return lines


def to_mapping(sent: Sent, event: str) -> dict[str, object]:
    """A delivery that was sent as plain JSON values."""
    result = sent.result
    return {
        "number": sent.number,
        "event": event,
        "duplicate": sent.step.copy,
        "attempt": sent.attempt,
        "capture": result.capture,
        "status": result.answer.status if result.answer else None,
        "failure": result.failure.kind if result.failure else None,
        "detail": result.failure.detail if result.failure else "",
        "elapsed_ms": round(result.elapsed_ms, 1),
        "answered_by": result.answered_by,
        "findings": [finding.to_mapping() for finding in result.findings],
    }


def _summarise(settings: Settings, provider: Provider, sent: tuple[Sent, ...], elapsed_s: float) -> int:
    import sys

    from hookscope.model.errors import OutOfTime

    last = [one for one in sent if one.last]
    accepted = sum(one.result.accepted for one in last)
    print(f"{len(sent)} sent in {elapsed_s:.1f} s: {accepted} accepted, {len(last) - accepted} not", file=sys.stderr)
    for spoilt in ("tamper", "stale", "unsigned"):
        if settings.flag(spoilt) and accepted and provider.schemes:
            print(f"accepted in spite of --{spoilt}: the handler does not check that", file=sys.stderr)
    if accepted == len(last):
        return 0
    return OutOfTime.exit_code if settings.given("timeout") and all(map(_ran_out, last)) else NOT_ACCEPTED


def _ran_out(sent: Sent) -> bool:
    """Whether it was accepted, or had no answer within --timeout."""
    failure = sent.result.failure
    return sent.result.accepted or (failure is not None and failure.kind == "timeout")


def _list(settings: Settings, providers: Providers) -> int:
    """Print the samples of one provider, or of all."""
    import json

    from hookscope.tools.samples.load import list_samples

    chosen = [_provider(settings, providers)] if settings.text("provider") else list(providers)
    for row in list_samples(chosen):
        if settings.flag("json"):
            print(json.dumps(row.to_mapping()))
        else:
            print(f"{row.provider:<20} {row.event:<44} {row.remark}".rstrip())
    return 0


COMMAND = Command(
    name="send",
    summary="send signed sample deliveries to a handler, or to an endpoint",
    description="Sends what PROVIDER would send for EVENT, correctly signed, or wrong in a way that you choose. --list shows what there is.",
    arguments=(
        Argument(name="provider", help="such as notion, github, stripe", count="optional"),
        Argument(name="event", help="such as page.created, push, invoice.paid", count="optional"),
    ),
    options=OPTIONS,
    run=run,
)

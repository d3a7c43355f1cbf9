"""`hookscope send`: correctly signed sample deliveries, or ones that are wrong in a known way."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookscope.providers.provider import Provider
    from hookscope.providers.registry import Providers
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.samples.send import Sent
    from hookscope.tools.samples.series import Series
    from hookscope.tools.samples.setup import Errand

OPTIONS = (
    Option(name="list", kind="flag", help="show which samples there are"),
    Option(name="to", help="where to send, path and all: 3000/path, host:port/path, or a URL", metavar="HANDLER"),
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
    Option(name="rate", kind="rate", help="how many events in a time, such as 5/s or 90/min", metavar="RATE"),
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
    from functools import partial

    from hookscope.apps.relay_access import check_relay
    from hookscope.commands.captures import where_accepted
    from hookscope.providers.registry import all_providers
    from hookscope.tools.samples.setup import plan_errand

    providers = all_providers(settings.user, settings.project)
    if settings.flag("list"):
        return _list(settings, providers)
    errand = plan_errand(settings, providers, check_relay(settings), partial(where_accepted, settings))
    for line in errand.notes:
        print(line, file=sys.stderr)
    started = time.monotonic()
    sent = _send(settings, providers, errand)
    return _summarise(settings, errand.series.provider, sent, time.monotonic() - started)


def _send(settings: Settings, providers: Providers, errand: Errand) -> tuple[Sent, ...]:
    import asyncio

    from hookscope.commands.captures import hold_apart, open_captures
    from hookscope.forward.forwarder import Forwarder
    from hookscope.tools.samples.send import Post, ToEndpoint, open_post, send_steps

    series, limit_s = errand.series, errand.limit_s

    async def send(store: CaptureStore | None) -> tuple[Sent, ...]:
        forwarder = Forwarder(
            errand.destination.handler,
            insecure=settings.flag("insecure"),
            allow_remote=settings.flag("allow-remote") or errand.destination.is_own_relay,
        )
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(forwarder.close)
            await forwarder.check_remote()
            post: Post = ToEndpoint(forwarder=forwarder, limit_s=limit_s)
            if store is not None:
                forwarded = bool(settings.text("url"))
                post = stack.enter_context(
                    open_post(store, providers, series.checking, forwarder, limit_s=limit_s, forwarded=forwarded)
                )
            return await send_steps(errand.steps, series, post, _reporter(settings, series), errand.waits)

    if errand.destination.is_endpoint:
        return asyncio.run(send(None))
    with open_captures(settings) if settings.flag("capture") else hold_apart(()) as store:
        return asyncio.run(send(store))


def _reporter(settings: Settings, series: Series) -> Callable[[Sent], None]:
    import json

    def report(sent: Sent) -> None:
        event = series.sample.event
        told = json.dumps(to_mapping(sent, event)) if settings.flag("json") else "\n".join(render_sent(sent, event))
        print(told, flush=True)

    return report


def render_sent(sent: Sent, event: str) -> Iterator[str]:
    """A delivery that was sent as lines: what came of it, and the findings that matter."""
    from hookscope.commands.outcome import render_findings, render_outcome

    result = sent.result
    again = f" attempt {sent.attempt}" if sent.attempt > 1 or not sent.last else ""
    copy = " again" if sent.step.copy else ""
    said = render_outcome(result.answer, result.failure, result.elapsed_ms)
    by = f", by the {result.answered_by}" if result.answered_by else ""
    kept = f"  #{result.capture}" if result.capture is not None else ""
    yield f"{'✓' if result.accepted else '✗'} {sent.number:>3}  {event}{copy}{again}  {said}{by}{kept}"
    if not result.accepted:
        yield from render_findings(result.findings, " " * 7, result.capture or 0)


def to_mapping(sent: Sent, event: str) -> dict[str, object]:
    """A delivery that was sent as plain JSON values."""
    from hookscope.commands.outcome import outcome_facts

    result = sent.result
    return {
        "number": sent.number,
        "event": event,
        "duplicate": sent.step.copy,
        "attempt": sent.attempt,
        "capture": result.capture,
        "answered_by": result.answered_by,
        **outcome_facts(result.answer, result.failure, result.elapsed_ms, result.findings, result.capture or 0),
    }


def _summarise(settings: Settings, provider: Provider, sent: tuple[Sent, ...], elapsed_s: float) -> int:
    import sys

    from hookscope.commands.outcome import exit_code

    last = [one.result for one in sent if one.last]
    accepted = [result.accepted for result in last]
    count = sum(accepted)
    print(f"{len(sent)} sent in {elapsed_s:.1f} s: {count} accepted, {len(last) - count} not", file=sys.stderr)
    for spoilt in ("tamper", "stale", "unsigned"):
        if settings.flag(spoilt) and count and provider.schemes:
            print(f"accepted in spite of --{spoilt}: the handler does not check that", file=sys.stderr)
    return exit_code(accepted, [result.failure for result in last], limited=settings.given("timeout"))


def _list(settings: Settings, providers: Providers) -> int:
    """Print the samples of one provider, or of all."""
    import json

    from hookscope.tools.samples.load import list_samples
    from hookscope.tools.samples.setup import find_provider

    name = settings.text("provider")
    chosen = [find_provider(providers, name)] if name else list(providers)
    for row in list_samples(chosen):
        if settings.flag("json"):
            print(json.dumps(row.to_mapping()))
        else:
            print(f"{row.provider:<20} {row.event:<44} {row.remark}".rstrip())
    return 0


COMMAND = Command(
    name="send",
    summary="send signed sample deliveries to a handler, or to an endpoint",
    description=(
        "Sends what PROVIDER would send for EVENT, correctly signed, or wrong in a way that you choose. --list shows"
        " what there is."
    ),
    arguments=(
        Argument(name="provider", help="such as notion, github, stripe", count="optional"),
        Argument(name="event", help="such as page.created, push, invoice.paid", count="optional"),
    ),
    options=OPTIONS,
    run=run,
)

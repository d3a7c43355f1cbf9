"""Puts a handler through its provider's paces: with what, as settings say, and the run itself."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence

from hookscope.api.directory import parse_apis
from hookscope.config.settings import Settings, parse_parameters
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import Handler
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import all_providers
from hookscope.secrets.choose import find_secrets
from hookscope.secrets.signing_key import find_key
from hookscope.tools.check.fact import Fact
from hookscope.tools.check.kit import ASSUMED_LIMIT_S, Kit
from hookscope.tools.check.report import CheckReport
from hookscope.tools.check.run import FRESH, Checker
from hookscope.tools.check.table import Check
from hookscope.tools.check.watch import Watch
from hookscope.tools.samples.load import find_sample, first_event
from hookscope.tools.samples.sample import Sample
from hookscope_relay.errors import InputError


def build_kit(settings: Settings, handler: Handler) -> tuple[Kit, str]:
    """What the checks work with, and a sentence about what signs; the settings are those of `hookscope check`.

    Raises InputError.
    """
    provider = all_providers(settings.user, settings.project).demand(settings.text("provider"))
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
        apis=tuple(parse_apis(settings.many("api"))),
    )
    return kit, note


def _scheme(provider: Provider, sample: Sample, params: dict[str, str]) -> Scheme | None:
    """The scheme to sign with; None where the provider signs nothing."""
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
    if scheme is None:
        return None, None, f"{provider.title} signs nothing: whoever knows the URL can call the handler"
    try:
        key = find_key(provider, scheme, ours, settings.places)
    except InputError as error:
        return None, None, f"{error.what}, so only unsigned checks are made; {error.remedy}, or give --secret-file"
    return key.secret, key.public, key.note


async def run_checks(
    settings: Settings, handler: Handler, kit: Kit, checks: Sequence[Check], told: Callable[[Fact], None]
) -> CheckReport:
    """Make the checks; `told` hears of each as it ends.

    Raises HandlerUnreachable, RefusedForSafety for a handler elsewhere, InputError where the port for APIs is taken.
    """
    forwarder = Forwarder(
        handler,
        insecure=settings.flag("insecure"),
        allow_remote=settings.flag("allow-remote"),
        idle_s=FRESH,
    )
    started = time.monotonic()
    watch = Watch(parse_apis(settings.many("api"))) if kit.apis else None
    checker = Checker(
        forwarder,
        kit,
        timeout_s=settings.number("timeout"),
        forwarded=bool(settings.text("url")),
        watch=watch,
        told=told,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(forwarder.close)
        if watch is not None:
            stack.push_async_callback(watch.stop)
            await watch.start(settings.whole("api-port"))
        facts = await checker.run(checks)
    return CheckReport(
        url=handler.url,
        provider=kit.provider.name,
        event=kit.sample.event,
        facts=facts,
        elapsed_s=time.monotonic() - started,
    )

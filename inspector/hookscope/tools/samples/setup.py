"""What samples are sent, how, and where to, as settings say: those of `hookscope send`."""

from __future__ import annotations

import difflib
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from hookscope.config.project import PROJECT_FILE
from hookscope.config.settings import Settings, parse_parameters
from hookscope.model.edits import edits_of
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import Handler
from hookscope.providers.provider import Provider
from hookscope.providers.registry import Providers
from hookscope.secrets.choose import find_secrets
from hookscope.secrets.signing_key import SigningKey, find_key, make_up_key
from hookscope.tools.samples.build import Signing, scheme_of
from hookscope.tools.samples.destination import Destination, find_destination
from hookscope.tools.samples.load import find_sample, first_event
from hookscope.tools.samples.retries import compress, find_schedule
from hookscope.tools.samples.sample import Sample
from hookscope.tools.samples.series import Series
from hookscope.tools.samples.spoil import stale_by
from hookscope.tools.samples.steps import BURST, Step, Wanted, plan_steps
from hookscope.tunnel.reach import is_loopback
from hookscope_relay.errors import InputError

LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is sent: the steps of a series, to a destination, each answer awaited for `limit_s`.

    `waits` are those before further attempts, None for no retries; `notes` is what the user should know of it.
    """

    destination: Destination
    series: Series
    steps: tuple[Step, ...]
    waits: tuple[float, ...] | None
    limit_s: float
    notes: tuple[str, ...]


def plan_errand(
    settings: Settings, providers: Providers, relay: str, where: Callable[[Handler], Handler] | None = None
) -> Errand:
    """What the settings ask for; `relay` is the address that they name, `where` gives a handler without a path one that
    it has accepted. Raises `InputError`, and `RefusedForSafety`."""
    provider = find_provider(providers, settings.text("provider"))
    event = settings.text("event")
    sample = find_sample(provider, event) if event else first_event(provider)
    to, endpoint = settings.text("to"), settings.text("endpoint")
    destination = find_destination(to, relay, endpoint, settings.places.endpoints)
    if where is not None and not destination.is_endpoint and not destination.handler.path:
        destination = replace(destination, handler=where(destination.handler))
    waits, assumed = _waits(settings, provider)
    series, note = _series(settings, provider, sample, destination)
    return Errand(
        destination=destination,
        series=series,
        steps=_steps(settings),
        waits=waits,
        limit_s=settings.number("timeout") if settings.given("timeout") else provider.time_limit_s or LIMIT_S,
        notes=tuple(filter(None, (note, assumed))),
    )


def find_provider(providers: Providers, name: str) -> Provider:
    """The provider of that name; `InputError` where there is none."""
    if not name:
        raise InputError("no provider is given", "write `hookscope send PROVIDER EVENT`; --list shows what there is")
    found = providers.get(name)
    if found is None:
        close = difflib.get_close_matches(name, providers.names, 1)
        raise InputError(f"there is no provider {name!r}", f"did you mean {close[0]}?" if close else "see --list")
    return found


def _steps(settings: Settings) -> tuple[Step, ...]:
    burst = settings.flag("burst")
    wanted = Wanted(
        count=settings.whole("count") if settings.given("count") else BURST if burst else 1,
        rate=settings.number("rate") if settings.given("rate") else 0.0,
        burst=burst,
        duplicate=settings.flag("duplicate"),
        shuffle=settings.flag("shuffle"),
    )
    return plan_steps(wanted, random.Random())  # noqa: S311  # an order, not a secret


def _waits(settings: Settings, provider: Provider) -> tuple[tuple[float, ...] | None, str]:
    """The waits before further attempts, None for no retries; and what of them the provider does not publish."""
    if not settings.flag("retry"):
        return None, ""
    schedule = find_schedule(provider)
    return compress(schedule.after_s, settings.number("within")), schedule.assumed


def _series(settings: Settings, provider: Provider, sample: Sample, destination: Destination) -> tuple[Series, str]:
    """What is told, and how it is signed in words."""
    key, note = _key(settings, provider, sample, destination)
    stale_s = stale_by(scheme_of(sample, provider, asked=settings.text("scheme"))) if settings.flag("stale") else 0.0
    params = parse_parameters(settings.many("param"))
    series = Series(
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
    return series, note


def _key(
    settings: Settings, provider: Provider, sample: Sample, destination: Destination
) -> tuple[SigningKey | None, str]:
    """What to sign with, None for an unsigned delivery, and what to say about it."""
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
    """Refuse to sign with the user's secrets for a machine that only a project's file names:
    some schemes send the secret itself."""
    name = "to" if settings.text("to") else "relay"
    if settings.sources.get(name) == "project" and not is_loopback(destination.url):
        raise RefusedForSafety(
            f"{PROJECT_FILE} alone says where to send, and what is sent is signed with your secret",
            f"give --{name} yourself, or --unsigned",
        )

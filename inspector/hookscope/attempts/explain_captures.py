"""Explains the captures of a store outside of a session: for commands that send, replay and probe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hookscope.attempts.explain import Explainer
from hookscope.config.settings import Settings, parse_parameters
from hookscope.diagnosis.silence import silenced
from hookscope.model.secret import Secret
from hookscope.providers.registry import Providers, all_providers
from hookscope.secrets.kept import load_secrets
from hookscope.store.captures import CaptureStore
from hookscope.store.earlier import StoreMemory
from hookscope_relay.errors import InputError


@contextmanager
def explainer_over(
    store: CaptureStore, providers: Providers, secrets: Sequence[Secret], **options: Any
) -> Iterator[Explainer]:
    """An explainer that remembers what the store holds; `options` are those of `Explainer`.

    A token in a handshake is not kept.
    """
    explainer = Explainer(
        providers=providers,
        secrets=secrets,
        memory=StoreMemory(store),
        keep=lambda *_: tuple(secrets),
        **options,
    )
    try:
        yield explainer
    finally:
        explainer.close()


@contextmanager
def configured_explainer(settings: Settings, store: CaptureStore) -> Iterator[Explainer]:
    """An explainer as the settings say; they have `provider`, `param` and `dotenv`.

    `InputError` for a provider that there is not.
    """
    dotenv = Path(settings.text("dotenv")) if settings.text("dotenv") else None
    secrets = load_secrets(settings.environ, settings.places, dotenv)
    providers = all_providers(settings.user, settings.project)
    if (asked := settings.text("provider")) and providers.get(asked) is None:
        raise InputError(f"there is no provider {asked!r}", "see `hookscope providers`")
    with explainer_over(
        store,
        providers,
        secrets,
        pinned=asked,
        silenced=silenced(settings.user, settings.project),
        params=parse_parameters(settings.many("param")),
    ) as explainer:
        yield explainer

"""`hookscope secret`: keeps, lists and forgets signing secrets; only fingerprints are ever printed."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

OPTIONS = (
    Option(
        name="name",
        help="tells several secrets of a provider apart, such as staging",
        default="default",
        metavar="NAME",
    ),
    Option(name="from-file", help="read the secret from a file in the place of asking", metavar="FILE"),
    Option(name="replace", kind="flag", help="replace a secret of the same name"),
    Option(name="dotenv", help="list the secrets of this .env file too", metavar="FILE"),
    options.JSON,
)


def run(settings: Settings) -> int:
    """Do what the action says."""
    actions = {"list": _list, "set": _set, "forget": _forget}
    return actions[settings.text("action")](settings)


def _set(settings: Settings) -> int:
    from hookscope.secrets.kept import keep_secret

    provider = _provider(settings)
    kept = keep_secret(
        settings.places,
        provider,
        _ask(settings, provider),
        name=settings.text("name"),
        replace=settings.flag("replace"),
    )
    print(f"kept the secret {kept.name!r} of {provider}, fingerprint {kept.fingerprint}")
    _verify_again(settings, provider)
    return 0


def _verify_again(settings: Settings, provider: str) -> None:
    """Look with the secret at what came without it, and say how many verify; a session that runs does so itself."""
    from hookscope.config.endpoint_keys import names
    from hookscope.config.session_note import is_held

    endpoints = settings.places.endpoints
    if not settings.places.captures.exists() or any(is_held(endpoints, name) for name in names(endpoints)):
        return
    import asyncio

    from hookscope.attempts.explain_captures import explainer_over
    from hookscope.diagnosis.silence import silenced
    from hookscope.providers.registry import all_providers
    from hookscope.secrets.kept import load_secrets
    from hookscope.session.verify_again import verify_again
    from hookscope.store.captures import CaptureStore

    store = CaptureStore.open(settings.places.captures)
    providers = all_providers(settings.user, settings.project)
    secrets = load_secrets(settings.environ, settings.places)
    try:
        quiet = silenced(settings.user, settings.project)
        with explainer_over(store, providers, secrets, silenced=quiet) as explainer:
            seen = asyncio.run(verify_again(store, explainer, provider))
    finally:
        store.close()
    if seen.looked_at:
        print(
            f"of {seen.looked_at} that had not verified, {seen.verified} verify now: `hookscope list verdict:verified`"
        )


def _forget(settings: Settings) -> int:
    from hookscope.secrets.kept import forget_secret
    from hookscope_relay.errors import InputError

    provider, name = _provider(settings), settings.text("name")
    if not forget_secret(settings.places, provider, name):
        raise InputError(f"no secret {name!r} of {provider} is kept", "see `hookscope secret list`")
    print(f"forgot the secret {name!r} of {provider}")
    return 0


def _list(settings: Settings) -> int:
    import json
    from pathlib import Path

    from hookscope.secrets.kept import load_secrets

    dotenv = Path(settings.text("dotenv")) if settings.text("dotenv") else None
    wanted = settings.text("provider")
    for secret in load_secrets(settings.environ, settings.places, dotenv):
        if wanted not in ("", secret.provider):
            continue
        if settings.flag("json"):
            row = {"provider": secret.provider, "name": secret.name, "fingerprint": secret.fingerprint}
            print(json.dumps(row))
        else:
            print(f"{secret.provider:<20} {secret.name:<14} {secret.fingerprint}")
    return 0


def _provider(settings: Settings) -> str:
    """The provider's name as its secrets are filed; a name that is not known would never be used."""
    from hookscope.providers.registry import all_providers
    from hookscope_relay.errors import InputError

    asked = settings.text("provider")
    if not asked:
        raise InputError("no provider is given", "write `hookscope secret set PROVIDER`")
    providers = all_providers(settings.user, settings.project)
    return providers.demand(asked).name


def _ask(settings: Settings, provider: str) -> bytes:
    """The secret from a file, a pipe, or a prompt that does not show it;
    without the one final newline of file and pipe."""
    import getpass
    import sys

    from hookscope.secrets.choose import read_secret
    from hookscope_relay.errors import InputError

    if settings.text("from-file"):
        return read_secret(settings.text("from-file"))
    if not sys.stdin.isatty():
        value = sys.stdin.buffer.read().removesuffix(b"\n")
    else:
        value = getpass.getpass(f"signing secret of {provider}: ").encode()
    if not value:
        raise InputError("the secret is empty", "paste it at the prompt, or give --from-file")
    return value


COMMAND = Command(
    name="secret",
    summary="keep, list or forget signing secrets",
    description="Secrets go into the system's keyring where there is one, else into a file that only you can read.",
    arguments=(
        Argument(name="action", help="list, set or forget", choices=("list", "set", "forget")),
        Argument(name="provider", help="the provider", count="optional"),
    ),
    options=OPTIONS,
    run=run,
)

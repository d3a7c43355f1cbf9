"""Which signing secrets are known here, by their fingerprints."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hookscope.config.settings import Settings
from hookscope_relay.errors import HookscopeError


class KnownSecret(NamedTuple):
    """A signing secret that is configured: whose, its name, and its fingerprint."""

    provider: str
    name: str
    fingerprint: str


def known_secrets(settings: Settings) -> tuple[KnownSecret, ...]:
    """Those of the environment, the keyring and the files; a keyring may take its time."""
    from hookscope.secrets.kept import load_secrets

    name = settings.values.get("dotenv")
    try:
        found = load_secrets(settings.environ, settings.places, Path(name) if name else None)
    except HookscopeError:  # the session itself refuses to start with such a file, and says so
        return ()
    return tuple(KnownSecret(secret.provider, secret.name, secret.fingerprint) for secret in found)

"""The signing secrets that a command's options choose: of files, of the environment, of the keyring."""

from __future__ import annotations

import sys
from pathlib import Path

from hookscope.config.regular_file import MAX_CAPTURE_BYTES, MAX_SECRET_BYTES, read_regular
from hookscope.config.settings import Settings
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.secrets.kept import load_secrets
from hookscope_relay.errors import HookscopeError, InputError


def find_secrets(settings: Settings, provider: Provider) -> tuple[tuple[Secret, ...], tuple[Secret, ...]]:
    """The provider's secrets (the one of --secret-file alone, where that is given),
    and all others that are configured."""

    dotenv = Path(settings.text("dotenv")) if settings.text("dotenv") else None
    file = settings.text("secret-file")
    try:
        configured = load_secrets(settings.environ, settings.places, dotenv)
    except HookscopeError:
        if not file or dotenv:
            raise
        configured = ()  # the given secret suffices; the others would only have served to explain a mismatch
    if file:
        return (Secret(provider.name, "file", read_secret(file)),), configured
    ours = tuple(secret for secret in configured if secret.provider == provider.name)
    return ours, tuple(secret for secret in configured if secret not in ours)


def read_secret(name: str) -> bytes:
    """A secret's file without its one final newline, which is the editor's; everything else belongs to the secret."""

    value = _read_some(name).removesuffix(b"\n")
    if not value:
        raise InputError(f"{name} is empty", "put the secret, public key or certificate into it")
    return value


def _read_some(name: str) -> bytes:
    """A secret may come through a pipe (`<(pass show x)`), and is never long."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_SECRET_BYTES)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_SECRET_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name} cannot be read: {reason}", "name another file") from None


def read_bytes(name: str) -> bytes:
    """The content of a file, or of standard input for `-`."""
    if name == "-":
        return sys.stdin.buffer.read()
    return read_regular(Path(name), MAX_CAPTURE_BYTES)

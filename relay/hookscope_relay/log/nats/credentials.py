"""What a relay shows NATS servers, and what it knows them by: files, looked at before anything is dialled, for the
library would only say that nothing can be reached.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # without types

from hookscope_relay.errors import InputError
from hookscope_relay.settings import NatsSettings

SEED = re.compile(rb"-+BEGIN USER NKEY SEED-+\s+(\S+)\s+-+END USER NKEY SEED-+")


def find_credentials(settings: NatsSettings) -> str | None:
    """The file of credentials, if one is named; `InputError` where it holds none."""
    if settings.credentials is None:
        return None
    remedy = "give a file as `nsc generate creds` writes it"
    text = _read("NATS credentials", settings.credentials)
    seed = SEED.search(text)
    try:
        if seed is None or b"BEGIN NATS USER JWT" not in text:
            raise nkeys.ErrInvalidSeed
        nkeys.from_seed(bytearray(seed[1])).wipe()
    except (nkeys.NkeysError, ValueError):
        raise InputError(f"{settings.credentials} holds no NATS credentials", remedy) from None
    return str(settings.credentials)


def find_certificates(settings: NatsSettings) -> ssl.SSLContext | None:
    """How servers are known and what they are shown; None where TLS is not asked for, `InputError` for no
    certificates."""
    named = settings.ca or settings.cert or settings.key
    if not (named or any(server.startswith("tls://") for server in settings.servers)):
        return None
    if bool(settings.cert) != bool(settings.key):
        raise InputError("a certificate for NATS needs its key", "give both --nats-cert and --nats-key")
    for option, path in (("--nats-ca", settings.ca), ("--nats-cert", settings.cert), ("--nats-key", settings.key)):
        if path is not None and b"-----BEGIN" not in _read(f"file of {option}", path):
            raise InputError(f"the file of {option}, {path}, is no PEM file", f"give one in PEM form with {option}")
    try:
        context = ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    except ssl.SSLError:
        raise InputError(f"{settings.ca} holds no certificate", "give the servers' CA in PEM form") from None
    if settings.cert and settings.key:
        try:
            # A key that asks for a password would wait for somebody to type it.
            context.load_cert_chain(settings.cert, settings.key, password=lambda: "")
        except ssl.SSLError:
            raise InputError(
                f"the certificate {settings.cert} and the key {settings.key} do not belong together, or one is damaged",
                "give a certificate with --nats-cert and its own key, without a password, with --nats-key",
            ) from None
    return context


def _read(what: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the {what} {path} cannot be read ({error.strerror})", "name a file that this relay's user may read"
        ) from None

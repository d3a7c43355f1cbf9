"""What a delivery is signed with: a configured secret, or a local test key pair where only the provider has the key.

A test key pair is made on first use and kept for the next time; a handler accepts what it signs once it is given the
public half.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hookscope.config.settings import Places
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.secrets.kept import VARIABLE, is_candidate
from hookscope.signatures.keys import key_of
from hookscope.signatures.sign import asymmetric_kind, make_test_key
from hookscope_relay.errors import CannotWrite, InputError

PRIVATE_MARK = b"PRIVATE KEY"
ED25519_BYTES = 32

# How a provider shows a public key where it is no PEM file.
SHOWN_AS: dict[str, Callable[[bytes], str]] = {
    "discord": lambda der: der[-ED25519_BYTES:].hex(),
    "telnyx": lambda der: base64.b64encode(der[-ED25519_BYTES:]).decode(),
    "sendgrid": lambda der: base64.b64encode(der).decode(),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What samples are signed with, what verifies them, and a sentence about it for the user."""

    secret: Secret
    public: Secret
    note: str


@dataclass(frozen=True, slots=True)
class TestKey:
    """The private half as a secret to sign with, and where the public half is."""

    __test__ = False

    private: Secret
    public_file: Path


def find_key(provider: Provider, scheme: Scheme, secrets: Sequence[Secret], places: Places) -> SigningKey:
    """What to sign as a provider would with: a configured secret,
    or a local test key pair for a scheme whose key only the provider has.

    `InputError` where nothing is configured, `CannotWrite` where a test key cannot be kept.
    """
    own = [secret for secret in secrets if secret.provider in (provider.name, "") and not is_candidate(secret)]
    if kind := asymmetric_kind(scheme):
        return _key_pair(provider, scheme, kind, own, places)
    if not own:
        variable = VARIABLE + provider.name.upper().replace("-", "_")
        raise InputError(
            f"no {provider.secret.called} of {provider.title} is configured",
            f"keep it with `hookscope secret set {provider.name}`, or set {variable}",
        )
    fitting = next((secret for secret in own if key_of(scheme, secret.value) is not None), own[0])
    note = f"signed with the {provider.secret.called} {fitting.name!r} (fingerprint {fitting.fingerprint})"
    return SigningKey(fitting, fitting, note)


def make_up_key(provider: Provider) -> SigningKey:
    """A secret made up for this time, for a handshake that brings one."""
    value = provider.secret.prefix + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    secret = Secret(provider.name, "made-up", value)
    return SigningKey(secret, secret, f"no {provider.secret.called} is configured: this brings one that is made up")


def _key_pair(provider: Provider, scheme: Scheme, kind: str, own: Sequence[Secret], places: Places) -> SigningKey:
    private = next((secret for secret in own if PRIVATE_MARK in secret.value), None)
    if private is not None:
        return SigningKey(private, private, f"signed with your {kind} key (fingerprint {private.fingerprint})")
    test = load_or_make_key(places, provider.name, scheme)
    public = Secret(provider.name, "test-public", test.public_file.read_bytes())
    shown = SHOWN_AS.get(provider.name)
    value = f", as {provider.title} shows it: {shown(_der(public.value))}" if shown else ""
    note = (
        f"only {provider.title} has its own {kind} key: signed with a local test key; "
        f"your handler accepts it once it trusts the public key in {test.public_file}{value}"
    )
    if scheme.certificate_url or scheme.kind in ("jwt", "jws"):
        note += f"; a library that fetches the key from {provider.title} will refuse it"
    return SigningKey(test.private, public, note)


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.strip().splitlines()[1:-1]))


def load_or_make_key(places: Places, provider: str, scheme: Scheme) -> TestKey:
    """The test key pair of a provider's scheme, 0600 under the data directory; raises `CannotWrite`."""
    directory = places.data / "test-keys"
    private_file = directory / f"{provider}-{scheme.name}.pem"
    public_file = private_file.with_suffix(".pub.pem")
    try:
        if private_file.exists() and public_file.exists():
            return TestKey(Secret(provider, "test", private_file.read_bytes()), public_file)
        private, public = make_test_key(provider, scheme)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(public_file, public.value)
        _write(private_file, private.value)
    except OSError as error:
        raise CannotWrite(
            f"the test key {private_file} cannot be kept: {error.strerror}", "correct the directory's permissions"
        ) from None
    return TestKey(private, public_file)


def _write(path: Path, content: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(content)

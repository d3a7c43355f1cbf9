"""Local test key pairs for providers that sign with a key of their own: made on first use, kept for the next time.

A handler accepts what they sign once it is given the public half; the provider's own private key nobody has.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hookscope.providers.provider import Scheme
from hookscope.settings import Places
from hookscope.signatures.secrets import Secret
from hookscope.signatures.signing import make_test_key
from hookscope_relay.errors import CannotWrite


@dataclass(frozen=True, slots=True)
class TestKey:
    """The private half as a secret to sign with, and where the public half is."""

    __test__ = False

    private: Secret
    public_file: Path


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

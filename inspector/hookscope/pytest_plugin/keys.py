"""What a test signs with: the secrets that it was given or that the environment holds,
and test key pairs made on the spot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hookscope.model.secret import Secret
from hookscope.providers.provider import Scheme
from hookscope.pytest_plugin.cases import Secrets, SecretText
from hookscope.secrets.kept import NOT_SECRETS, VARIABLE, provider_of_variable
from hookscope.signatures import asymmetric
from hookscope.signatures.sign import asymmetric_kind, make_test_key
from hookscope_relay.errors import InputError

PRIVATE_MARK = b"PRIVATE KEY"


@dataclass(frozen=True, slots=True)
class SignerKey:
    """What signs, what verifies that (the same for a shared secret), and how a report calls it."""

    private: Secret
    public: Secret
    note: str


def given_secrets(
    given: Secrets | None, provider: str, environ: Mapping[str, str], known: Sequence[str]
) -> tuple[Secret, ...]:
    """The secrets of one provider, in order: those that the marker gives,
    else the variables `HOOKSCOPE_SECRET_<PROVIDER>…`."""
    if given is None:
        return tuple(_from_environment(environ, provider, known))
    if isinstance(given, Mapping):
        given = given.get(provider, ())
    texts: Sequence[SecretText] = [given] if isinstance(given, str | bytes) else given
    for text in texts:
        if not isinstance(text, str | bytes) or not text:
            raise InputError("the marker hookscope has a secret that is empty or no text", "give it as text or bytes")
    return tuple(Secret(provider, "given", text) for text in texts)


def key_for(provider: str, scheme: Scheme, secrets: Sequence[Secret]) -> SignerKey | None:
    """What signs a scheme: the first secret; for a key pair the private key among the secrets, else a test key.

    None without a secret.
    """
    kind = asymmetric_kind(scheme)
    if not kind:
        return (
            SignerKey(secrets[0], secrets[0], f"signed with the secret {secrets[0].fingerprint}") if secrets else None
        )
    private = next((secret for secret in secrets if PRIVATE_MARK in secret.value), None)
    if private is None:
        return _test_key(provider, scheme)
    loaded = asymmetric.load_private(kind, private.value)
    if loaded is None:
        raise InputError(f"the secret is no private {kind} key, with which {scheme.name} signs", "give another key")
    public = Secret(provider, "public", asymmetric.public_pem(loaded))
    return SignerKey(private, public, f"signed with the {kind} key {private.fingerprint}")


# One a process: the application under test may be told the public half once, for all its tests.
@lru_cache(maxsize=32)
def _test_key(provider: str, scheme: Scheme) -> SignerKey:
    private, public = make_test_key(provider, scheme)
    kind = asymmetric_kind(scheme)
    return SignerKey(private, public, f"signed with a {kind} test key: the application must trust delivery.public_key")


def _from_environment(environ: Mapping[str, str], wanted: str, known: Sequence[str]) -> Iterator[Secret]:
    for variable in sorted(environ):
        if variable.startswith(VARIABLE) and variable not in NOT_SECRETS and environ[variable]:
            provider, _ = provider_of_variable(variable.removeprefix(VARIABLE), tuple(known))
            if provider == wanted:
                yield Secret(provider, variable, environ[variable])

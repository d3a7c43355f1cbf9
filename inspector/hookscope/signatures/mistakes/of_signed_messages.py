"""Mistakes of HTTP Message Signatures and detached tokens: the secret, the URL and method that were covered,
and the body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures import http_messages
from hookscope.signatures.judge_messages import MessageOutcome, judge_detached, judge_message
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.of_bodies import body_mistakes
from hookscope.signatures.mistakes.of_headers import Faults
from hookscope.signatures.mistakes.of_secrets import secret_mistakes
from hookscope.signatures.mistakes.of_urls import method_mistakes, url_mistakes


def search_messages(
    provider: Provider,
    scheme: Scheme,
    secret: Secret,
    others: Sequence[Secret],
    material: Material,
    tick: Callable[[], None],
) -> Iterator[Faults]:
    """The first change of the secret, the address or the body with which the signature holds."""

    def holds(configured: Secret, changed: Material) -> bool:
        tick()
        return not _judge(scheme, configured, changed).reason

    for mistake, detail, key in secret_mistakes(scheme, provider, secret.value, others):
        if holds(Secret(secret.provider, secret.name, _as_configured(scheme, key)), material):
            yield ((mistake, detail),)
            return
    for mistake, detail, changed in _changes(material):
        if holds(secret, changed):
            yield ((mistake, detail),)
            return


def _judge(scheme: Scheme, secret: Secret, material: Material) -> MessageOutcome:
    if scheme.kind == "jws":
        return judge_detached(scheme, material.facts.header(scheme.headers[0]), (secret,), material)
    found = http_messages.read_signatures(material.facts)
    created = next((one.parameters.get("created", "") for one in found), "")
    return judge_message(scheme, (secret,), float(created[:15]) if created.isdigit() else 0.0, material)


def _as_configured(scheme: Scheme, key: bytes) -> bytes:
    """A key in the form in which the scheme takes a configured secret."""
    if scheme.secret != "base64":  # noqa: S105  # the name of a form
        return key
    import base64  # few schemes need it

    return base64.b64encode(key)


def _changes(material: Material) -> Iterator[tuple[str, str, Material]]:
    for mistake, detail, method in method_mistakes(material.method):
        yield mistake, detail, material.but(method=method)
    for mistake, detail, url in url_mistakes(material.url, material.facts):
        yield mistake, detail, material.but(url=url)
    for mistake, detail, body in body_mistakes(material.body, material.facts):
        yield mistake, detail, material.but(body=body)

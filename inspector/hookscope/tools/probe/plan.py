"""Which probes tell the causes of a failure apart: by what the handler said,
and by what the delivery and its provider have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hookscope.diagnosis.urls import other_slash
from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import Edits
from hookscope.model.public_path import seen_url
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.signatures.sign import scheme_to_sign
from hookscope.text.safe import safe_text
from hookscope.tools.check.misreads import Misread, misreads
from hookscope.tools.probe.probe import Probe
from hookscope_relay.delivery import Delivery, header
from hookscope_relay.errors import InputError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MOST_SECRETS = 4

AGAIN = "again"
EVERY = (
    AGAIN,
    "other-slash",
    "without-cookies",
    "browser-accept",
    "preserved-host",
    "content-type",
    "other-secret",
    "re-serialised",
    "misread",
    "handler-url",
    "direct",
    "options",
)
OTHER_MISREADS = frozenset({"empty-body", "charset", "base64", "trimmed", "framed", "cut", "form", "timestamp"})

# What is worth asking, by what the handler said; `again` always comes first, for all others are compared with it.
BY_ANSWER: tuple[tuple[range, tuple[str, ...]], ...] = (
    (range(300, 400), ("other-slash", "preserved-host", "browser-accept", "direct")),
    (
        range(401, 402),
        ("other-secret", "re-serialised", "misread", "handler-url", "without-cookies", "preserved-host", "direct"),
    ),
    (
        range(403, 404),
        (
            "without-cookies",
            "browser-accept",
            "preserved-host",
            "other-secret",
            "re-serialised",
            "misread",
            "handler-url",
            "direct",
        ),
    ),
    (range(404, 405), ("other-slash", "preserved-host", "options", "direct")),
    (range(405, 406), ("options", "other-slash", "direct")),
    (
        range(400, 500),
        ("content-type", "re-serialised", "misread", "handler-url", "other-secret", "preserved-host", "direct"),
    ),
    (range(500, 600), ("content-type", "re-serialised", "preserved-host", "direct")),
)
WITHOUT_ANSWER = ("direct", "preserved-host")


# The control of what the probes prove: the same again, after them.
CONTROL = Probe(name="control", title="the same again, after the probes", tells="whether it is still refused unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A capture that failed and what is known around it: its provider, the secrets,
    and the app's own address behind a proxy (or empty)."""

    capture: Capture
    provider: Provider | None = None
    secrets: Sequence[Secret] = ()
    in_env: Sequence[Secret] = ()
    direct: str = ""

    @property
    def last(self) -> Attempt | None:
        """The attempt that counts; the last one of all where none does."""
        return self.capture.outcome or (self.capture.attempts[-1] if self.capture.attempts else None)


def build_plan(situation: Situation, only: Sequence[str] = ()) -> tuple[Probe, ...]:
    """The probes for a situation, `again` first; those named by `only` where there are any.

    InputError for unknown names, and where the last attempt was accepted and nothing else is asked for.
    """
    unknown = [name for name in only if name not in EVERY]
    if unknown:
        raise InputError(f"there is no probe {unknown[0]!r}", f"choose among {', '.join(EVERY)}")
    wanted = only or _wanted(situation)
    found = [probe for name in dict.fromkeys((AGAIN, *wanted)) for probe in _probes(name, situation)]
    return tuple(found)


def _wanted(situation: Situation) -> tuple[str, ...]:
    last = situation.last
    if last is None or last.answer is None:
        return WITHOUT_ANSWER
    if 200 <= last.answer.status < 300:
        raise InputError(
            "the capture's last attempt was accepted, so there is nothing to tell apart", "name probes with --only"
        )
    return next(
        (names for statuses, names in BY_ANSWER if last.answer.status in statuses), ("preserved-host", "direct")
    )


def _probes(name: str, situation: Situation) -> Iterator[Probe]:
    delivery = situation.capture.delivery
    match name:
        case "again":
            signed = "signed anew" if situation.secrets else "as it was"
            yield Probe(name=name, title=f"the same again, {signed}", tells="whether it still fails")
        case "other-slash":
            yield from _other_slash(delivery)
        case "without-cookies" if header(delivery.headers, "cookie") is not None:
            edits = Edits(drop_headers=("cookie",))
            yield Probe(
                name=name,
                title="without its cookies",
                tells="whether a session or CSRF check stands in the way",
                edits=edits,
            )
        case "browser-accept":
            edits = Edits(set_headers=(("Accept", BROWSER),))
            tells = "whether the answer depends on what the client says it takes"
            yield Probe(name=name, title="with a browser's Accept", tells=tells, edits=edits)
        case "preserved-host":
            yield from _host(delivery)
        case "content-type":
            yield from _content_type(delivery)
        case "other-secret":
            yield from _other_secrets(situation)
        case "re-serialised":
            yield from _misreads(situation, frozenset({"re-serialised"}))
        case "misread":
            yield from _misreads(situation, OTHER_MISREADS)
        case "handler-url":
            yield from _handler_urls(situation)
        case "direct" if situation.direct:
            title = f"straight to {safe_text(situation.direct)}"
            tells = "whether a proxy before the app gives the answer"
            yield Probe(name=name, title=title, tells=tells, to=situation.direct)
        case "options":
            yield Probe(
                name=name,
                title="OPTIONS",
                tells="which methods the path takes",
                edits=Edits(method="OPTIONS", body=b"", drop_headers=("content-type",)),
                sign=False,
            )


def _other_slash(delivery: Delivery) -> Iterator[Probe]:
    """The tail with the other slash; an empty tail gets one, which makes the handler's own path end with it."""
    target = other_slash(delivery.target or "") if delivery.path not in ("", "/") else "/" if not delivery.path else ""
    with_query = target if delivery.path not in ("", "/") or not delivery.query else f"{target}?{delivery.query}"
    yield Probe(
        name="other-slash",
        title=f"to {safe_text(with_query[:80]) or 'the path without a slash'}",
        tells="whether only a slash is missing or too many",
        edits=Edits(path=with_query),
    )


def _host(delivery: Delivery) -> Iterator[Probe]:
    host = header(delivery.headers, "host")
    if host:
        yield Probe(
            name="preserved-host",
            title=f"with the sender's Host {safe_text(host[:60])}",
            tells="whether the handler or a proxy goes by the host's name",
            preserve_host=True,
        )


def _content_type(delivery: Delivery) -> Iterator[Probe]:
    given = (header(delivery.headers, "content-type") or "").partition(";")[0].strip().lower()
    is_json = delivery.body.lstrip()[:1] in (b"{", b"[")
    other = "application/json" if is_json and given != "application/json" else "application/octet-stream"
    yield Probe(
        name="content-type",
        title=f"as {other}",
        tells="whether the content type decides",
        edits=Edits(set_headers=(("Content-Type", other),)),
    )


def _other_secrets(situation: Situation) -> Iterator[Probe]:
    for secret in situation.secrets[1 : MOST_SECRETS + 1]:
        yield Probe(
            name="other-secret",
            title=f"signed with {safe_text(secret.name)} ({secret.fingerprint})",
            tells="whether the handler holds another secret than the sender",
            secret=secret,
        )


def _handler_urls(situation: Situation) -> Iterator[Probe]:
    """Signatures for the URL as the handler may see it, where the provider signs the URL: without what the relay keeps,
    its own, and as proxies change it."""
    delivery, provider, last = situation.capture.delivery, situation.provider, situation.last
    if not situation.secrets or provider is None or last is None or not provider.schemes:
        return
    scheme = scheme_to_sign(provider, delivery)
    if "{url}" not in scheme.message:
        return
    target = last.request.target if last.request else delivery.target
    changed = [misread.url for misread in misreads(delivery, scheme) if misread.kind == "url"]
    for url in dict.fromkeys((seen_url(delivery, target), last.handler_url, *changed)):
        if url and url != delivery.url:
            yield Probe(
                name="handler-url",
                title=f"the same with a signature for {safe_text(url[:120])}, the URL as the handler may see it",
                tells="whether the handler verifies for the URL that it sees, and not for the one that was called",
                misread=Misread("url", f"the URL {safe_text(url[:120])}", delivery.body, url=url),
            )


def _misreads(situation: Situation, kinds: frozenset[str]) -> Iterator[Probe]:
    if not situation.secrets:
        return
    provider = situation.provider
    usable = [scheme for scheme in provider.schemes if not scheme.explicit] if provider else []
    if not usable or provider is None:
        return
    delivery = situation.capture.delivery
    for misread in misreads(delivery, scheme_to_sign(provider, delivery)):
        if misread.kind in kinds:
            yield Probe(
                name="re-serialised" if misread.kind == "re-serialised" else "misread",
                title=f"the same body with a signature of {misread.how}",
                tells="whether the handler computes the signature over that instead of what came",
                misread=misread,
            )

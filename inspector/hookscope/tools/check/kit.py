"""Makes the deliveries of a check: events of the provider's sample, fresh each time,
signed as the provider signs or spoilt in one way."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures.receive import Trouble, receive
from hookscope.signatures.sign import asymmetric_kind, make_test_key, sign
from hookscope.tools.check.misreads import Misread, with_body
from hookscope.tools.check.rewrites import rewritten
from hookscope.tools.samples.build import SampleEvent, build_sample
from hookscope.tools.samples.sample import Sample
from hookscope_relay.delivery import Delivery, without

ASSUMED_LIMIT_S = 10.0
WRONG = b"hookscope-signs-with-a-wrong-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How this handler takes a valid delivery, where it does not take it as the provider sends it.

    `manner` is how it wants its JSON written, `scheme` and `secret` how it wants it signed, `target` where. `said` puts
    that into words.
    """

    manner: str = ""
    scheme: Scheme | None = None
    secret: Secret | None = None
    target: str = ""
    said: str = ""
    fault: str = ""


AS_SENT = Way()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What a check works with.

    `secret` is None where nothing can be signed; `target` is the handler's path, `url` what the sender calls.

    `public` is what verifies where that is another key than the one that signs. `others` are further secrets of the
    provider that the handler might use by mistake. `limit_s` is how long the sender waits, and `limit_known` whether
    the provider says so. `entered` says that a valid delivery is accepted, by `way`. `apis`
    are the names of those whose calls are seen.
    """

    provider: Provider
    sample: Sample
    scheme: Scheme | None
    secret: Secret | None
    url: str
    target: str
    now: Callable[[], float]
    randomness: Callable[[int], bytes]
    public: Secret | None = None
    others: Sequence[Secret] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    limit_s: float = ASSUMED_LIMIT_S
    limit_known: bool = False
    way: Way = AS_SENT
    entered: bool = True
    apis: Sequence[str] = ()

    @property
    def signs(self) -> bool:
        """Whether valid deliveries carry a signature that we can make."""
        return self.scheme is not None and self.secret is not None and self.sample.signed

    @property
    def can_be_valid(self) -> bool:
        """Whether a valid delivery can be made at all: signed, or of a provider that signs nothing."""
        return self.signs or self.scheme is None

    @property
    def verifying(self) -> Secret | None:
        """What verifies what `secret` signs."""
        return self.public or self.secret

    @property
    def wanted(self) -> Scheme | None:
        """The scheme as this handler wants it."""
        return self.way.scheme or self.scheme

    def event(self, target: str = "") -> Delivery:
        """A new event, not signed; `target` is another path than the handler's."""
        now = self.now()
        event = SampleEvent(seed=self.randomness(16), at=now)
        made = build_sample(self.sample, self.provider, event, now=now, randomness=self.randomness(10), url=self.url)
        return replace(made, target=(target or self.way.target or self.target) + made.target)

    def signed(
        self, delivery: Delivery, *, at: float | None = None, secret: Secret | None = None, scheme: Scheme | None = None
    ) -> Delivery:
        """The delivery signed, as this handler wants it signed unless a scheme is given;
        as it is where there is no secret."""
        scheme = scheme or self.wanted
        secret = secret or self.way.secret or self.secret
        if scheme is None or secret is None or not self.sample.signed:
            return delivery
        at = self.now() if at is None else at
        # Some schemes sign the path of the URL that the sender calls.
        seen = replace(delivery, target="/" + delivery.url.partition("://")[2].partition("/")[2])
        for name in self.sample.beside:
            seen = sign(seen, self.provider, secret, at, delivery.url, self.params, self.provider.scheme(name))
        seen = sign(seen, self.provider, secret, at, delivery.url, self.params, scheme)
        return replace(seen, target=delivery.target)

    def genuine(self, event: Delivery | None = None) -> Delivery:
        """An event signed and written so that this handler takes it."""
        event = event or self.event()
        return self.signed(replace(event, body=rewritten(event.body, self.way.manner)))

    def signed_as(self, delivery: Delivery, misread: Misread) -> Delivery:
        """The delivery with a signature of what a faulty handler takes for its message; its body stays as it is."""
        over = replace(delivery, body=misread.body, url=misread.url or delivery.url)
        return replace(with_body(self.signed(over, scheme=misread.scheme), delivery), url=delivery.url)

    def signature_of(self, delivery: Delivery) -> str:
        """The signature's text inside its header; empty where it stands elsewhere."""
        scheme = self.wanted
        if scheme is None or scheme.field or scheme.items:
            return ""
        found = receive(scheme, Facts(delivery))
        return found[0].signature if found and not isinstance(found, Trouble) else ""

    def respelt(self, delivery: Delivery, respell: Callable[[str], str]) -> Delivery:
        """The delivery with its signature headers, of every scheme of the provider, put through `respell`."""
        headers = tuple(
            (name, respell(value) if self._is_signature(name) else value) for name, value in delivery.headers
        )
        return replace(delivery, headers=headers)

    def unsigned(self, delivery: Delivery) -> Delivery:
        """The delivery without any signature header."""
        names = {name.lower() for name, _ in delivery.headers if self._is_signature(name)}
        return replace(delivery, headers=without(delivery.headers, names))

    def wrong_secret(self) -> Secret:
        """A secret of the right form that is not the handler's."""
        assert self.scheme is not None and self.secret is not None
        if asymmetric_kind(self.scheme):
            return make_test_key(self.provider.name, self.scheme)[0]
        form = self.scheme.secret
        if form in ("base64", "whsec") or (form == "whsec-or-text" and self.secret.value.startswith(b"whsec_")):
            value = (b"" if form == "base64" else b"whsec_") + base64.b64encode(WRONG)
        else:
            value = WRONG.hex().encode() if form == "hex" else self.scheme.secret_prefix.encode() + WRONG
        return Secret(self.provider.name, "wrong", value + b":x" if self.scheme.kind == "basic" else value)

    def _is_signature(self, name: str) -> bool:
        lower = name.lower()
        for scheme in self.provider.schemes:
            for known in scheme.headers:
                if lower == known.lower() or (known.endswith("*") and lower.startswith(known[:-1].lower())):
                    return True
        return False

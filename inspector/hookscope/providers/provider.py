"""A provider as data: how its deliveries are recognised and signed, where an event's facts stand, how it shakes hands.

A place names a value of a delivery: `header.X-Request-Id`, `body.event.id` (JSON, list items by number),
`form.MessageSid`, `query.mode`; inside a scheme also `pair.t` (a key of the signature header) and `claim.iat` (of a
JSON Web Token).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["hmac", "hash", "ed25519", "ecdsa", "rsa", "jwt", "jws", "http-message", "token", "basic"]
Layout: TypeAlias = Literal["plain", "list", "pairs"]
Encoding: TypeAlias = Literal["hex", "base64", "base64url"]
Unit: TypeAlias = Literal["s", "ms", "iso"]
SecretForm: TypeAlias = Literal["text", "base64", "hex", "whsec", "whsec-or-text", "nfkd", "public-key"]

KINDS = ("hmac", "hash", "ed25519", "ecdsa", "rsa", "jwt", "jws", "http-message", "token", "basic")
LAYOUTS = ("plain", "list", "pairs")
ENCODINGS = ("hex", "base64", "base64url")
UNITS = ("s", "ms", "iso")
SECRET_FORMS = ("text", "base64", "hex", "whsec", "whsec-or-text", "nfkd", "public-key")
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
JWT_ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA")
MESSAGE_ALGORITHMS = (
    "hmac-sha256",
    "ed25519",
    "ecdsa-p256-sha256",
    "ecdsa-p384-sha384",
    "rsa-v1_5-sha256",
    "rsa-pss-sha512",
)

ASYMMETRIC = frozenset({"ed25519", "ecdsa", "rsa"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way of signing.

    The signature stands in `header` (or the first present of `headers`; a final `*` takes every header that begins so)
    or at the place `field`; inside it, by `layout`, alone after `prefix`, in a list divided by `separator` whose
    entries begin with `prefix`, or in pairs of key and value (`signature_key`, `timestamp_key`), of which there may be
    several groups divided by `group`. `message` is the template of what is signed. `past_s` and `future_s` bound the
    age of the timestamp in seconds, None where the provider sets no bound. A scheme is a candidate where `when` (header
    and value) holds; `requires` are headers that must have this value. A `legacy` scheme counts only where the
    provider's better ones are absent, an `explicit` one only when asked for by name. With `items` the signature is one
    of each item of a batch, and all must hold. `certificate_url` is the place of the URL at which the sender says its
    certificate stands; it must be of one of `certificate_hosts`, in which a `*` is one label. Of kind `jws` the
    signature is a detached token whose payload `message` makes; of kind `http-message` it stands beside
    Signature-Input, and `covers` are the components that we sign ourselves.
    """

    name: str
    kind: Kind
    headers: tuple[str, ...] = ()
    field: str = ""
    algorithm: str = "sha256"
    encoding: Encoding = "hex"
    any_case: bool = False
    prefix: str = ""
    layout: Layout = "plain"
    separator: str = ","
    group: str = ""
    signature_key: str = "v1"
    timestamp_key: str = ""
    message: str = "{body}"
    timestamp: str = ""
    unit: Unit = "s"
    past_s: float | None = None
    future_s: float | None = None
    id: str = ""
    secret: SecretForm = "text"  # noqa: S105  # the name of a form
    secret_prefix: str = ""
    when: tuple[tuple[str, str], ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    url_forms: tuple[str, ...] = ()
    body_forms: tuple[str, ...] = ()
    items: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    algorithms: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    certificate_url: str = ""
    certificate_hosts: tuple[str, ...] = ()
    legacy: bool = False
    explicit: bool = False
    repeated: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One piece of evidence for a provider; all that it names must hold, and then it is worth `confidence` (0 to 1).

    With `alone` the body is an object of just the keys of `body`. With `query_digits` the value of `query` has to be a
    number, or (false) no number. `form` are fields of a form, `name=beginning` where the value has to begin so.
    """

    header: str = ""
    value: str = ""
    user_agent: str = ""
    body: tuple[str, ...] = ()
    body_value: str = ""
    query: str = ""
    query_digits: bool | None = None
    form: tuple[str, ...] = ()
    alone: bool = False
    confidence: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFields:
    """Where an event's facts stand: for each fact places in order of preference;
    `a + b` joins what is there with a dot.

    `sequence` is the number that the sender gives the event in a count of its own without holes, or the first one of a
    batch, whose last is `sequence_last`.
    """

    id: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    object: tuple[str, ...] = ()
    attempt: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    sequence_last: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """Another key of the provider by its documented form: `like` is a regular expression of the whole text,
    `is_called` what it is.

    With `may_sign` it signs some deliveries, and `advice` says which.
    """

    like: str
    is_called: str
    may_sign: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretWords:
    """What the provider calls its secret, where it is found, and how the tokens that are mistaken for it begin.

    `known` are secrets that everybody knows, with which the provider signs its test deliveries. `form` is a regular
    expression that every secret of the provider fits whole, `mistaken` are other keys of the provider.
    """

    called: str = "webhook secret"
    found: str = ""
    prefix: str = ""
    api_tokens: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    form: str = ""
    mistaken: tuple[KeyForm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A sender of deliveries.

    `time_limit_s` is how long it waits for an answer (None: not published); `unchecked` names what is hearsay.
    """

    name: str
    title: str
    docs: str = ""
    read_on: str = ""
    schemes: tuple[Scheme, ...] = ()
    recognise: tuple[Sign, ...] = ()
    event: EventFields = EventFields()
    secret: SecretWords = SecretWords()
    handshake: str = ""
    handshake_text: str = ""
    retries: str = ""
    rotation: str = ""
    time_limit_s: float | None = None
    unchecked: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    origin: str = ""

    def scheme(self, name: str) -> Scheme | None:
        """The scheme of that name, if the provider has it."""
        return next((scheme for scheme in self.schemes if scheme.name == name), None)

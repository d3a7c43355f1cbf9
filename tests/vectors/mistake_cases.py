"""Deliveries with one known mistake each, for every provider whose signature covers its body:
what the explanation is measured by.

Each mistake is put into the signature (made with it) or into the configuration (checked with it), by code of its own
that shares nothing with the search.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import html
import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode

from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import load_providers
from hookscope.signatures.keys import key_of
from hookscope.signatures.material import Material
from hookscope.signatures.sign import sign
from hookscope.signatures.templates import build_message
from hookscope_relay.delivery import Delivery, header

NOW = 1_790_000_000.0
URL = "https://hooks.example.com/in/webhooks?b=2&a=1"
PARAMS = {"webhook_id": "WH-1"}
BODY = (
    '{"id":"evt_1","type":"thing.changed","name":"Café <b>x</b> & co","url":"https://x.example/a/b","ratio":0.25,'
    '"nested":{"z":1,"a":[1,2,{"k":null}]},"flag":true}'
).encode()
FORM = b"token=abc&text=hello%20world&who=caf%C3%A9&empty=&url=https%3A%2F%2Fx.example%2F"

SECRETS = {
    "text": "c2VjcmV0LXZhbHVlLWZvci10ZXN0cw==",
    "base64": base64.b64encode(b"secret-value-for-tests!!").decode(),
    "hex": "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    "whsec": "whsec_" + base64.b64encode(b"secret-value-for-tests!!").decode(),
    "whsec-or-text": "whsec_" + base64.b64encode(b"secret-value-for-tests!!").decode(),
    "nfkd": "s\u00e9cret \ufb01ve",
}
PREFIXED = {"notion": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl", "stripe": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI"}


@dataclass(frozen=True)
class Case:
    """A delivery that does not verify, and the mistake that made it so."""

    provider: Provider
    mistake: str
    what: str
    delivery: Delivery
    secret: Secret
    others: tuple[Secret, ...] = ()
    url: str = ""
    now: float = NOW


class Maker:
    """Makes deliveries of one scheme with chosen parts of the signature altered."""

    def __init__(self, provider: Provider, scheme: Scheme) -> None:
        self.provider = replace(provider, schemes=(scheme,))
        self.scheme = scheme
        value = PREFIXED.get(provider.name) or SECRETS[scheme.secret]
        self.secret = Secret(provider.name, "default", value)

    def body(self, body: bytes) -> bytes:
        """The body with the timestamp in it that the scheme looks for there."""
        if not self.scheme.timestamp.startswith("body.") or body[:1] != b"{":
            return body
        return body.replace(b"{", b'{"%s":%d,' % (self.scheme.timestamp[5:].encode(), NOW * 1000), 1)

    def sample(self, body: bytes = BODY, kind: str = "application/json") -> Delivery:
        unsigned = Delivery(
            id="",
            received_at=NOW,
            method="POST",
            target="/in/webhooks?b=2&a=1",
            headers=(("Host", "hooks.example.com"), ("Content-Type", kind), ("X-Request-Time", "1789999990")),
            body=self.body(body),
            url=URL,
        )
        return sign(unsigned, self.provider, self.secret, NOW, params=PARAMS)

    def material(self, delivery: Delivery) -> Material:
        material = Material(Facts(delivery), "", PARAMS)
        scheme = self.scheme
        stamp = (
            material.look(scheme.timestamp)
            if scheme.timestamp
            else str(int(NOW * (1000 if scheme.unit == "ms" else 1)))
        )
        material.timestamp = stamp.encode()
        material.id = material.look(scheme.id).encode() if scheme.id else b""
        return material

    def made(
        self,
        delivery: Delivery,
        key: bytes | None = None,
        template: str = "",
        digest: Callable[[bytes, bytes], bytes] | None = None,
        render: Callable[[bytes, str], str] | None = None,
        **parts: object,
    ) -> Delivery:
        """The delivery with a signature made of other parts; everything else stays."""
        scheme = self.scheme
        right = key_of(scheme, self.secret.value)
        assert right is not None
        used = right if key is None else key
        message = build_message(template or scheme.message, self.material(delivery).but(**parts), used)
        if digest is not None:
            raw = digest(used, message)
        elif scheme.kind == "hash":
            raw = hashlib.new(scheme.algorithm, message).digest()
        else:
            raw = hmac.new(used, message, scheme.algorithm).digest()
        text = encoded(scheme, raw)
        name = next(name for name in scheme.headers if header(delivery.headers, name.replace("*", "1")) is not None)
        name = name.replace("*", "1")
        old = header(delivery.headers, name) or ""
        signature = (
            old[old.rindex(scheme.signature_key + "=") + len(scheme.signature_key) + 1 :]
            if scheme.layout == "pairs"
            else old[len(scheme.prefix) :]
        )
        value = old[: len(old) - len(signature)] + text
        if render is not None:
            value = render(raw, old[: len(old) - len(signature)])
        headers = tuple((key_, value if key_.lower() == name.lower() else text_) for key_, text_ in delivery.headers)
        return replace(delivery, headers=headers)


def encoded(scheme: Scheme, raw: bytes) -> str:
    if scheme.encoding == "hex":
        return raw.hex()
    text = base64.b64encode(raw).decode()
    return text if scheme.encoding == "base64" else text.translate(str.maketrans("+/", "-_")).rstrip("=")


def makers() -> Iterator[Maker]:
    """One maker a provider whose first usable scheme is a digest over its body, in alphabetical order."""
    for provider in load_providers():
        for scheme in provider.schemes:
            covers = any(part in scheme.message for part in ("{body}", "{form}")) and scheme.headers
            if scheme.kind in ("hmac", "hash") and covers and not scheme.explicit and not scheme.field:
                yield Maker(provider, replace(scheme, when=tuple(pair for pair in scheme.when if pair[1] == "")))
                break


def cases(maker: Maker) -> Iterator[Case]:
    """Every applicable mistake of one provider."""
    for source in (_secrets, _bodies, _messages, _urls, _encodings, _algorithms, _headers, _times):
        for mistake, what, delivery, secret, *rest in source(maker):
            others = rest[0] if rest else ()
            yield Case(maker.provider, mistake, what, delivery, secret, others, now=rest[1] if len(rest) > 1 else NOW)


def _secrets(maker: Maker) -> Iterator[tuple]:
    scheme, value, sample = maker.scheme, maker.secret.value, maker.sample()
    form = scheme.secret

    def configured(text: bytes) -> Secret:
        return Secret(maker.provider.name, "default", text)

    if form == "text":
        made = {
            "secret-whitespace": [value + b"\n", b" " + value, value + b"\r\n", value + b"\t"],
            "secret-quoted": [b'"' + value + b'"', b"'" + value + b"'", b"export WEBHOOK_SECRET=" + value],
            "secret-url-encoded": [quote(value, safe="").encode()] if quote(value, safe="").encode() != value else [],
            "secret-case": [value.lower(), value.upper()],
            "secret-truncated": [value[:-1], value[:-5]],
        }
        for mistake, keys in made.items():
            for key in keys:
                yield mistake, f"made with {len(key)} bytes", maker.made(sample, key=key), maker.secret
        for key in (base64.b64encode(value), value.hex().encode(), hashlib.sha256(value).digest()):
            yield "secret-encoded", f"made with {key[:8]!r}", maker.made(sample, key=key), maker.secret
        yield "secret-quoted", "made with bytes as text", maker.made(sample, key=str(value).encode()), maker.secret
    for text in (value + b" ", b"\t" + value, value + b"\r", value + b"\n\n"):
        yield "secret-whitespace", "configured with white space", sample, configured(text)
    for text in (b'"' + value + b'"', b"export NAME=" + value, b"WEBHOOK_SECRET='" + value + b"'"):
        yield "secret-quoted", "configured in quotes", sample, configured(text)
    if quote(value, safe="").encode() != value:
        yield "secret-url-encoded", "configured encoded", sample, configured(quote(value, safe="").encode())
    if form == "text" and value == SECRETS["text"].encode():
        yield "secret-base64-decoded", "made", maker.made(sample, key=base64.b64decode(value)), maker.secret
        digits = b"0123456789abcdef0123456789abcdef"
        as_hex = replace_secret(maker, digits)
        signed = as_hex.sample()
        yield "secret-hex-decoded", "made", as_hex.made(signed, key=bytes.fromhex(digits.decode())), as_hex.secret
    if form in ("whsec", "whsec-or-text"):
        bare = value.removeprefix(b"whsec_")
        yield "secret-not-base64-decoded", "bare", maker.made(sample, key=bare), maker.secret
        yield "secret-not-base64-decoded", "whole", maker.made(sample, key=value), maker.secret
        yield (
            "secret-prefix-kept",
            "loose",
            maker.made(sample, key=base64.urlsafe_b64decode(value + b"==")),
            maker.secret,
        )
    if form == "base64":
        yield "secret-not-base64-decoded", "text", maker.made(sample, key=value), maker.secret
    if form == "hex":
        yield "secret-not-hex-decoded", "text", maker.made(sample, key=value), maker.secret
    if maker.provider.name in PREFIXED:
        bare = value.partition(b"_")[2]
        yield "secret-prefix-stripped", "made", maker.made(sample, key=bare), maker.secret
        yield "secret-prefix-stripped", "configured", sample, configured(bare)
    other = Secret(maker.provider.name, "staging", SECRETS[form].encode()[:-8] + b"AAAABBBB")
    key = key_of(scheme, other.value)
    yield "secret-of-other", "staging", maker.made(sample, key=key), maker.secret, (other,)
    foreign = Secret("elsewhere", "default", b"some-other-secret")
    yield "secret-of-other", "provider", maker.made(sample, key=foreign.value), maker.secret, (foreign,)
    if maker.provider.secret.api_tokens:
        token = maker.provider.secret.api_tokens[0].encode() + b"0123456789abcdefghij"
        yield "secret-is-api-token", "configured", sample, configured(token)


def replace_secret(maker: Maker, value: bytes) -> Maker:
    other = Maker(maker.provider, maker.scheme)
    other.secret = Secret(maker.provider.name, "default", value)
    return other


def _bodies(maker: Maker) -> Iterator[tuple]:
    scheme, secret = maker.scheme, maker.secret
    if "{body}" not in scheme.message or scheme.timestamp.startswith("body."):
        return
    sample = maker.sample()
    value = json.loads(BODY)
    dump = json.dumps
    rewritten = {
        "python default": dump(value),
        "python compact": dump(value, separators=(",", ":")),
        "python spaced": dump(value, ensure_ascii=False),
        "sorted": dump(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        "indent 2": dump(value, indent=2, ensure_ascii=False),
        "indent 4 ascii": dump(value, indent=4),
        "php": dump(value, separators=(",", ":")).replace("/", "\\/"),
        "go": dump(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026"),
    }
    if scheme.body_forms:
        del rewritten["python compact"]  # which this provider's own library accepts
    for name, text in rewritten.items():
        yield "body-reserialized", f"made {name}", maker.made(sample, body=text.encode()), secret
    for name in ("python default", "indent 2"):
        changed = replace(sample, body=rewritten[name].encode())
        yield "body-reserialized", f"delivered {name}", changed, secret
    numbers = b'{"id":"evt_2","amount":10.0,"big":12345678901234567890,"small":1e-7,"money":1.10}'
    numbered = maker.sample(numbers)
    script = b'{"id":"evt_2","amount":10,"big":12345678901234567000,"small":1e-7,"money":1.1}'
    yield "body-number-changed", "JavaScript", maker.made(numbered, body=script), secret
    python = json.dumps(json.loads(numbers), separators=(",", ":")).encode()
    yield "body-number-changed", "Python", maker.made(numbered, body=python), secret
    yield "body-newline-added", "made", maker.made(sample, body=BODY + b"\n"), secret
    ended = maker.sample(BODY + b"\n")
    yield "body-newline-removed", "made", maker.made(ended, body=BODY), secret
    lines = json.dumps(value, indent=2, ensure_ascii=False).encode()
    yield "body-crlf", "made", maker.made(maker.sample(lines), body=lines.replace(b"\n", b"\r\n")), secret
    crlf = lines.replace(b"\n", b"\r\n")
    yield "body-crlf", "made", maker.made(maker.sample(crlf), body=lines), secret
    wide = b"  " + lines + b"\n \n"
    yield "body-trimmed", "made", maker.made(maker.sample(wide), body=wide.strip()), secret
    yield "body-bom", "made", maker.made(sample, body=b"\xef\xbb\xbf" + BODY), secret
    marked = maker.sample(b"\xef\xbb\xbf" + BODY)
    yield "body-bom", "made", maker.made(marked, body=BODY), secret
    yield "body-charset", "made", maker.made(sample, body=BODY.decode().encode("latin-1")), secret
    yield "body-charset", "mojibake", maker.made(sample, body=BODY.decode("latin-1").encode()), secret
    decomposed = unicodedata.normalize("NFD", BODY.decode()).encode()
    yield "body-unicode-form", "made", maker.made(sample, body=decomposed), secret
    packed = gzip.compress(BODY, mtime=0)
    wire = maker.sample(packed)
    wire = replace(wire, headers=(*wire.headers, ("Content-Encoding", "gzip")))
    yield "body-decompressed", "made", maker.made(wire, body=BODY), secret
    yield "body-empty", "made", maker.made(sample, body=b""), secret
    for text in (str(BODY), dump(BODY.decode()), dump(BODY.decode(), ensure_ascii=False), BODY.hex()):
        yield "body-reserialized", f"made {text[:12]}", maker.made(sample, body=text.encode()), secret
    buffer = dump({"type": "Buffer", "data": list(BODY)}, separators=(",", ":"))
    yield "body-reserialized", "made of a Buffer", maker.made(sample, body=buffer.encode()), secret
    yield "body-reserialized", "made for HTML", maker.made(sample, body=html.escape(BODY.decode()).encode()), secret
    form = maker.sample(FORM, "application/x-www-form-urlencoded")
    again = urlencode(parse_qsl(FORM.decode(), keep_blank_values=True)).encode()
    yield "body-form-reencoded", "made", maker.made(form, body=again), secret
    yield "body-changed", "made", maker.made(sample, body=BODY + b"tampered"), secret


def _messages(maker: Maker) -> Iterator[tuple]:
    message, sample, secret = maker.scheme.message, maker.sample(), maker.secret
    if "{timestamp}" in message:
        bare = {
            "{timestamp}.{body}": "{body}",
            "v0:{timestamp}:{body}": "v0:{body}",
            "{id}.{timestamp}.{body}": "{id}.{body}",
        }.get(message, message.replace("{timestamp}:", "").replace("{timestamp}", ""))
        yield "timestamp-left-out", bare, maker.made(sample, template=bare), secret
        stamp = maker.material(sample).timestamp
        if stamp.isdigit():
            other = stamp + b"000" if len(stamp) == 10 else stamp[:-3]
            yield "timestamp-unit", "made", maker.made(sample, timestamp=other), secret
        yield "timestamp-of-other-header", "made", maker.made(sample, timestamp=b"1789999990"), secret
    if "{id}" in message:
        bare = message.replace("{id}.", "").replace("{id}", "")
        yield "id-left-out", bare, maker.made(sample, template=bare), secret
    orders = {
        "{timestamp}.{body}": "{body}.{timestamp}",
        "{timestamp}{body}": "{body}{timestamp}",
        "{body}{timestamp}": "{timestamp}{body}",
        "{url}{body}": "{body}{url}",
        "{body}{url}": "{url}{body}",
        "{id}.{timestamp}.{body}": "{timestamp}.{id}.{body}",
        "{method}{url}{body}{timestamp}": "{timestamp}{method}{url}{body}",
        "{timestamp}:{body}": "{body}:{timestamp}",
        "v0:{timestamp}:{body}": "v0:{body}:{timestamp}",
        "{id}{timestamp}{body}": "{timestamp}{id}{body}",
    }
    if message in orders:
        yield "message-order", orders[message], maker.made(sample, template=orders[message]), secret
    if message.count("}") > 1 and "{form}" not in message:
        for separator in (":", ".", "\n", ""):
            parts = message.replace("v0:", "").replace("{", "\0{").split("\0")[1:]
            joined = separator.join(part[: part.index("}") + 1] for part in parts)
            joined = ("v0" + separator if message.startswith("v0:") else "") + joined
            if joined != message and not (message.startswith("v0:") and not separator):
                yield "message-separator", joined, maker.made(sample, template=joined), secret


def _urls(maker: Maker) -> Iterator[tuple]:
    message, secret, sample = maker.scheme.message, maker.secret, maker.sample()
    if "{url}" not in message and "{path" not in message:
        return
    if "{method}" in message:
        yield "method-changed", "GET", maker.made(sample, method="GET"), secret
    urls = {
        "url-scheme": "http://hooks.example.com/in/webhooks?b=2&a=1",
        "url-host": "https://localhost:3000/in/webhooks?b=2&a=1",
        "url-port": "https://hooks.example.com:8443/in/webhooks?b=2&a=1",
        "url-path": "https://hooks.example.com/webhooks?b=2&a=1",
        "url-trailing-slash": "https://hooks.example.com/in/webhooks/?b=2&a=1",
        "url-query-order": "https://hooks.example.com/in/webhooks?a=1&b=2",
        "url-query-dropped": "https://hooks.example.com/in/webhooks",
    }
    if "{path" in message:
        urls = {name: url for name, url in urls.items() if name not in ("url-scheme", "url-host", "url-port")}
    for mistake, url in urls.items():
        yield mistake, url, maker.made(sample, url=url), secret
    spaced = replace(maker.sample(), url="https://hooks.example.com/in/a%20b?b=%2F", target="/in/a%20b?b=%2F")
    if "{path" not in message:
        yield "url-encoding", "decoded", maker.made(spaced, url="https://hooks.example.com/in/a b?b=/"), secret
    if "{form}" in message:
        form = maker.sample(FORM, "application/x-www-form-urlencoded")
        yield "params-unsorted", "as they came", maker.made(form, template="{url}{plain_form}"), secret
        yield "params-dropped", "all", maker.made(form, template="{url}"), secret
        lessened = maker.made(form, body=FORM.replace(b"&who=caf%C3%A9", b""))
        yield "params-dropped", "one", lessened, secret


def _encodings(maker: Maker) -> Iterator[tuple]:
    scheme, sample, secret = maker.scheme, maker.sample(), maker.secret

    def drawn(render: Callable[[bytes], str]) -> Delivery:
        return maker.made(sample, render=lambda raw, before: before + render(raw))

    def b64(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    if scheme.encoding == "hex":
        yield "encoding-hex-base64", "base64", drawn(b64), secret
        if not scheme.any_case:
            yield "encoding-case", "upper", drawn(lambda raw: raw.hex().upper()), secret
    elif scheme.encoding == "base64":
        yield "encoding-hex-base64", "hex", drawn(bytes.hex), secret
        yield "encoding-hex-base64", "base64 of hex", drawn(lambda raw: b64(raw.hex().encode())), secret
        yield "encoding-padding", "bare", drawn(lambda raw: b64(raw).rstrip("=")), secret
        body = next(body for body in bodies_with_url_safe_digest(maker))
        special = maker.sample(body)
        render = lambda raw, before: before + base64.urlsafe_b64encode(raw).decode()  # noqa: E731
        yield "encoding-base64url", "url-safe", maker.made(special, render=render), secret


def bodies_with_url_safe_digest(maker: Maker) -> Iterator[bytes]:
    """Bodies whose signature has a character in which the two alphabets differ."""
    key = key_of(maker.scheme, maker.secret.value)
    assert key is not None
    if "{body}" not in maker.scheme.message:
        yield BODY
    for number in range(200):
        body = b'{"id":"evt_%d"}' % number
        sample = maker.sample(body)
        value = next(
            value
            for name, value in sample.headers
            if name.lower() in [h.lower().replace("*", "1") for h in maker.scheme.headers]
        )
        if "+" in value or "/" in value:
            yield body


def _algorithms(maker: Maker) -> Iterator[tuple]:
    scheme, sample, secret = maker.scheme, maker.sample(), maker.secret
    for name in ("sha1", "sha256", "sha512"):
        if name != scheme.algorithm or scheme.kind == "hash":
            other = lambda key, message, name=name: hmac.new(key, message, name).digest()  # noqa: E731
            yield "algorithm-other", name, maker.made(sample, digest=other), secret
    if scheme.kind == "hmac":
        plain = lambda key, message: hashlib.new(scheme.algorithm, message).digest()  # noqa: E731
        yield "algorithm-other", "plain", maker.made(sample, digest=plain), secret
        joined = lambda key, message: hashlib.new(scheme.algorithm, key + message).digest()  # noqa: E731
        yield "algorithm-other", "joined", maker.made(sample, digest=joined), secret


def _headers(maker: Maker) -> Iterator[tuple]:
    scheme, sample, secret = maker.scheme, maker.sample(), maker.secret
    if scheme.layout == "plain" and scheme.prefix:
        yield "prefix-missing", "bare", maker.made(sample, render=lambda raw, _: encoded(scheme, raw)), secret
        doubled = lambda raw, before: before * 2 + encoded(scheme, raw)  # noqa: E731
        yield "prefix-doubled", "twice", maker.made(sample, render=doubled), secret
        other = lambda raw, before: "sig=" + encoded(scheme, raw)  # noqa: E731
        yield "prefix-other", "sig=", maker.made(sample, render=other), secret
    elif scheme.layout == "list":
        yield "prefix-missing", "bare", maker.made(sample, render=lambda raw, _: encoded(scheme, raw)), secret
    elif scheme.layout == "pairs":
        other = lambda raw, before: before.replace(f"{scheme.signature_key}=", "x9=") + encoded(scheme, raw)  # noqa: E731
        yield "prefix-other", "x9=", maker.made(sample, render=other), secret
        bare = lambda raw, before: before.replace(f"{scheme.signature_key}=", "") + encoded(scheme, raw)  # noqa: E731
        yield "prefix-missing", "bare", maker.made(sample, render=bare), secret
    if scheme.layout == "plain" and not scheme.repeated:
        again = tuple(pair for pair in sample.headers if pair[0].lower() in {name.lower() for name in scheme.headers})
        yield "signature-duplicated", "two headers", replace(sample, headers=(*sample.headers, *again)), secret
        joined = lambda raw, before: f"{before}{encoded(scheme, raw)}, {before}{encoded(scheme, raw)}"  # noqa: E731
        yield "signature-duplicated", "joined", maker.made(sample, render=joined), secret
    cut = lambda raw, before: before + encoded(scheme, raw)[:-6]  # noqa: E731
    yield "signature-truncated", "six less", maker.made(sample, render=cut), secret
    names = {name.lower().replace("*", "1") for name in scheme.headers}
    bare = tuple(pair for pair in sample.headers if pair[0].lower() not in names)
    yield "header-missing", "none", replace(sample, headers=bare), secret
    foreign = "X-Shopify-Hmac-SHA256" if maker.provider.name != "shopify" else "Typeform-Signature"
    swapped = (*bare, (foreign, "sha256=xomdq5ZQmn18HmkuMhXYl3npCchMfiK417zgQdKRQb0="))
    yield "header-of-other-provider", foreign, replace(sample, headers=swapped), secret
    odd = tuple((name, "%%%" if name.lower() in names else value) for name, value in sample.headers)
    yield "header-malformed", "%%%", replace(sample, headers=odd), secret
    if scheme.kind == "hmac":
        pem = Secret(
            maker.provider.name,
            "default",
            b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
        )
        yield "key-kind", "PEM", sample, pem


def _times(maker: Maker) -> Iterator[tuple]:
    scheme, sample = maker.scheme, maker.sample()
    if scheme.timestamp.startswith("body."):
        return
    if scheme.past_s is not None:
        yield "timestamp-stale", "late", sample, maker.secret, (), NOW + scheme.past_s + 60
    if scheme.future_s is not None:
        yield "timestamp-future", "early", sample, maker.secret, (), NOW - scheme.future_s - 60

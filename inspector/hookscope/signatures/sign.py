"""Signs a delivery as its provider would: for replays with a fresh timestamp, samples and checks.

What is signed may have to change with it: a timestamp or signature inside the body, a hash in the URL. Asymmetric
schemes sign with a private key given as the secret, which `make_test_key` makes; the provider's own key nobody has.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hookscope.model.secret import Secret
from hookscope.providers.clocks import write_time
from hookscope.providers.facts import Facts, descend, read_json
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures import json_web_tokens
from hookscope.signatures.body_places import put_in_body, put_in_value, write_json
from hookscope.signatures.canonical import algorithm_of
from hookscope.signatures.digests import digest_of, encode_digest
from hookscope.signatures.keys import key_of
from hookscope.signatures.material import NO_PARAMETERS, Material
from hookscope.signatures.receive import applies, header_present, receive
from hookscope.signatures.templates import build_message
from hookscope_relay.delivery import Delivery, Headers, without
from hookscope_relay.errors import InputError

TOKEN_LIFE_S = 300
BODY_HASH = re.compile(r"(?<=[?&])bodySHA256=[^&#]*")


def sign(
    delivery: Delivery,
    provider: Provider,
    secret: Secret,
    now: float,
    url: str = "",
    params: Mapping[str, str] = NO_PARAMETERS,
    scheme: Scheme | None = None,
) -> Delivery:
    """The delivery with a fresh signature of the scheme (by default the one it carries, else the provider's first).

    `InputError` where the provider signs nothing, a parameter is missing, or the secret is of another form.
    """
    chosen = scheme or scheme_to_sign(provider, delivery)
    for name in chosen.parameters:
        if not params.get(name):
            raise InputError(f"{provider.title} needs the parameter {name} to sign", f"give --param {name}=VALUE")
    delivery = _prepared(delivery, chosen, now, url)
    material = Material(Facts(delivery), url, params)
    if chosen.kind in ("token", "basic"):
        return _with_token(delivery, chosen, secret)
    if chosen.kind == "jwt":
        return _with_jwt(delivery, chosen, secret, now, material)
    if chosen.kind in ("jws", "http-message"):
        return _with_message(delivery, chosen, secret, now, material)
    if chosen.items:
        return _with_signed_items(delivery, chosen, secret, material)
    timestamp = _timestamp(chosen, material.facts, now)
    material.timestamp = timestamp.encode("latin-1", "replace")
    material.id = material.look(chosen.id).encode("latin-1", "replace") if chosen.id else b""
    signature = _signature(chosen, secret, material)
    if chosen.field:
        return replace(delivery, body=put_in_body(delivery.body, chosen.field, chosen.prefix + signature))
    value = _header_value(chosen, signature, timestamp)
    return replace(delivery, headers=_replaced(delivery.headers, chosen, value))


def scheme_to_sign(provider: Provider, delivery: Delivery) -> Scheme:
    """The scheme that a delivery carries, else the provider's first; `InputError` where the provider signs nothing."""
    usable = [scheme for scheme in provider.schemes if not scheme.explicit]
    if not usable:
        raise InputError(f"{provider.title} signs nothing", "choose another provider")
    facts = Facts(delivery)
    carried = [scheme for scheme in usable if applies(scheme, facts) and receive(scheme, facts) is not None]
    return (carried or usable)[0]


def make_test_key(provider: str, scheme: Scheme) -> tuple[Secret, Secret]:
    """A new local test key of an asymmetric scheme: the private one to sign with, the public one to verify with."""
    from hookscope.signatures import asymmetric

    kind = asymmetric_kind(scheme)
    private = asymmetric.new_private_pem(kind, next(iter(scheme.algorithms), ""))
    loaded = asymmetric.load_private(kind, private)
    if loaded is None:
        raise InputError(f"no test key of kind {kind} can be made", "use a key of your own")
    return Secret(provider, "test", private), Secret(provider, "test-public", asymmetric.public_pem(loaded))


def asymmetric_kind(scheme: Scheme) -> str:
    """The kind of key pair that a scheme needs (`ed25519`, `ecdsa`, `rsa`); empty for a shared secret."""
    if scheme.kind in ("jwt", "jws") and not scheme.algorithms[0].startswith("HS"):
        return json_web_tokens.KIND_OF[scheme.algorithms[0][:2]]
    return scheme.kind if scheme.kind in ASYMMETRIC else ""


def _signature(scheme: Scheme, secret: Secret, material: Material) -> str:
    if scheme.kind in ASYMMETRIC:
        from hookscope.signatures import asymmetric

        private = asymmetric.load_private(scheme.kind, secret.value)
        if private is None:
            raise _wrong_key(scheme, f"a private {scheme.kind} key")
        made = asymmetric.make(private, build_message(scheme.message, material, b""), algorithm_of(scheme, material))
        return encode_digest(scheme, made).decode("ascii")
    key = key_of(scheme, secret.value)
    if key is None:
        raise _wrong_key(scheme, f"a secret of the form {scheme.secret}")
    message = build_message(scheme.message, material, key)
    return encode_digest(scheme, digest_of(scheme, key, message)).decode("ascii")


def _wrong_key(scheme: Scheme, wanted: str) -> InputError:
    return InputError(f"the secret does not fit {scheme.name}, which signs with {wanted}", "give another secret or key")


def _prepared(delivery: Delivery, scheme: Scheme, now: float, url: str) -> Delivery:
    """The delivery with everything that the signature covers in place,
    the headers that the scheme asks for included."""
    facts = Facts(delivery)
    headers = delivery.headers
    for name, wanted in (*scheme.when, *scheme.requires):
        if wanted == "":
            headers = without(headers, {name.lower()})
        elif "*" not in wanted:
            headers = _set(headers, name, wanted)
        elif not facts.header(name) and name.lower() != "authorization":
            headers = _set(headers, name, wanted.strip("*"))
    if scheme.timestamp.startswith("header."):
        headers = _set(headers, scheme.timestamp.removeprefix("header."), write_time(now, scheme.unit))
    if scheme.id.startswith("header.") and not facts.text(scheme.id):
        headers = _set(headers, scheme.id.removeprefix("header."), _new_id(delivery, now))
    for place in re.findall(r"\{header\.([^}]+)\}", scheme.message):
        if not facts.header(place):
            headers = _set(headers, place, _new_id(delivery, now))
    if "{signed_headers}" in scheme.message and not facts.header("x-contentful-signed-headers"):
        listed = "x-contentful-signed-headers,x-contentful-timestamp"
        headers = _set(headers, "x-contentful-signed-headers", listed)
    body = _prepared_body(delivery.body, scheme, now)
    prepared = replace(delivery, headers=headers, body=body)
    return _with_body_hash(prepared, url) if "{form}" in scheme.message else prepared


def _prepared_body(body: bytes, scheme: Scheme, now: float) -> bytes:
    if scheme.message == "{sns}":
        message = read_json(body)
        body = put_in_body(body, "body.SignatureVersion", "2") if isinstance(message, dict) else body
        return put_in_body(body, "body.Timestamp", write_time(now, "iso")) if isinstance(message, dict) else body
    if scheme.timestamp.startswith(("body.", "form.")) and not scheme.field:
        name = scheme.timestamp.rpartition(".")[2].encode()
        # Only the number is changed, so that the rest of the body stays as it was.
        stamp = write_time(now, scheme.unit).encode()
        return re.sub(rb'("' + re.escape(name) + rb'"\s*:\s*)\d+', lambda match: match[1] + stamp, body, count=1)
    if scheme.timestamp.startswith(("body.", "form.")):
        return put_in_body(body, scheme.timestamp, write_time(now, scheme.unit))
    return body


def _with_body_hash(delivery: Delivery, url: str) -> Delivery:
    """Twilio's hash of a body that is no form, where the URL carries one already."""
    digest = f"bodySHA256={hashlib.sha256(delivery.body).hexdigest()}"
    if "urlencoded" in (Facts(delivery).header("content-type")).lower() or url:
        return delivery
    return replace(delivery, target=BODY_HASH.sub(digest, delivery.target), url=BODY_HASH.sub(digest, delivery.url))


def _timestamp(scheme: Scheme, facts: Facts, now: float) -> str:
    if scheme.layout == "pairs" and scheme.timestamp_key:
        return write_time(now, scheme.unit)
    return facts.text(scheme.timestamp) if scheme.timestamp and "." in scheme.timestamp else ""


def _header_value(scheme: Scheme, signature: str, timestamp: str) -> str:
    if scheme.layout != "pairs":
        return scheme.prefix + signature
    pairs = [f"{scheme.timestamp_key}={timestamp}"] if scheme.timestamp_key else []
    return scheme.separator.join([*pairs, f"{scheme.signature_key}={signature}"])


def _with_token(delivery: Delivery, scheme: Scheme, secret: Secret) -> Delivery:
    if scheme.field:
        return replace(delivery, body=put_in_body(delivery.body, scheme.field, secret.value.decode("utf-8", "replace")))
    value = secret.value.decode("latin-1")
    if scheme.kind == "basic":
        value = "Basic " + base64.b64encode(secret.value).decode("ascii")
    return replace(delivery, headers=_replaced(delivery.headers, scheme, value))


def _with_message(delivery: Delivery, scheme: Scheme, secret: Secret, now: float, material: Material) -> Delivery:
    from hookscope.signatures import sign_messages  # few schemes need it

    if scheme.kind == "http-message":
        return replace(delivery, headers=sign_messages.message_headers(scheme, secret, now, material))
    known = material.facts.header(scheme.headers[0])
    value = sign_messages.detached_value(scheme, secret, known, material)
    return replace(delivery, headers=_replaced(delivery.headers, scheme, value))


def _with_jwt(delivery: Delivery, scheme: Scheme, secret: Secret, now: float, material: Material) -> Delivery:
    name = "" if scheme.field else header_present(scheme, material.facts) or scheme.headers[0]
    known = json_web_tokens.read_token(material.facts.header(name) if name else material.facts.text(scheme.field))
    algorithm = known.algorithm if known and known.algorithm in scheme.algorithms else scheme.algorithms[0]
    claims: dict[str, Any] = dict(known.claims) if known else {}
    claims |= {"iat": int(now), "exp": int(now) + TOKEN_LIFE_S}
    claims |= {"nbf": int(now)} if "nbf" in claims or "issuer" in dict(scheme.claims) else {}
    claims |= _binding(scheme, material)
    token = json_web_tokens.write_token(
        algorithm, claims, lambda data: _token_signature(scheme, algorithm, secret, data)
    )
    if scheme.field:
        return _with_query_field(delivery, scheme.field.partition(".")[2], token)
    word = next((f"{value.rstrip('*')}" for _, value in scheme.when if value.endswith(" *")), "")
    return replace(delivery, headers=_replaced(delivery.headers, scheme, word + token))


def _with_query_field(delivery: Delivery, name: str, value: str) -> Delivery:
    """The delivery with a field of the query, of its target and of its URL, set to a token (which needs no escapes)."""

    def put(url: str) -> str:
        bare, _, query = url.partition("?")
        kept = [field for field in query.split("&") if field and field.partition("=")[0] != name]
        return f"{bare}?{'&'.join([*kept, f'{name}={value}'])}"

    return replace(delivery, target=put(delivery.target), url=put(delivery.url) if delivery.url else "")


def _binding(scheme: Scheme, material: Material) -> dict[str, str]:
    wanted = dict(scheme.claims)
    bound = {}
    if (name := wanted.get("body_sha256")) and material.body:
        bound[name] = hashlib.sha256(material.body).hexdigest()
    if name := wanted.get("url_sha256"):
        bound[name] = hashlib.sha256(material.url.encode("utf-8", "surrogatepass")).hexdigest()
    if name := wanted.get("qsh"):
        bound[name] = hashlib.sha256(json_web_tokens.query_text(material)).hexdigest()
    if name := wanted.get("issuer"):
        bound["iss"] = name
    return bound


def _token_signature(scheme: Scheme, algorithm: str, secret: Secret, data: bytes) -> bytes:
    hash_name = json_web_tokens.HASH_OF.get(algorithm[2:], "sha512")
    if algorithm.startswith("HS"):
        key = key_of(scheme, secret.value)
        if key is None:
            raise _wrong_key(scheme, "a shared secret")
        return hmac.digest(key, data, hash_name)
    from hookscope.signatures import asymmetric

    private = asymmetric.load_private(json_web_tokens.KIND_OF[algorithm[:2]], secret.value)
    if private is None:
        raise _wrong_key(scheme, f"a private key for {algorithm}")
    return asymmetric.make_joined(private, data, hash_name)


def _with_signed_items(delivery: Delivery, scheme: Scheme, secret: Secret, material: Material) -> Delivery:
    data = read_json(delivery.body)
    listed, _, inner = scheme.items.partition(".*.")
    items = descend(data, listed)
    if not isinstance(items, list):
        raise InputError(f"the body has no list {listed}, whose items {scheme.name} signs", "give another body")
    for entry in items:
        item = descend(entry, inner) if inner else entry
        if isinstance(item, dict):
            material.item = item
            signature = scheme.prefix + _signature(scheme, secret, material)
            put_in_value(item, scheme.field.removeprefix("item."), signature)
    return replace(delivery, body=write_json(data))


def _set(headers: Headers, name: str, value: str) -> Headers:
    """The headers with one value for a name, in the place of its first one."""
    found = [index for index, (key, _) in enumerate(headers) if key.lower() == name.lower()]
    if not found:
        return (*headers, (name, value))
    kept = list(headers)
    kept[found[0]] = (kept[found[0]][0], value)
    return tuple(pair for index, pair in enumerate(kept) if index not in found[1:])


def _replaced(headers: Headers, scheme: Scheme, value: str) -> Headers:
    """The headers with the scheme's signature header set and its other forms gone."""
    main = scheme.headers[0]
    names = {name.lower() for name in scheme.headers}
    if main.endswith("*"):
        written = main[:-1] + "1"
        names |= {key.lower() for key, _ in headers if key.lower().startswith(main[:-1].lower())}
    else:
        written = next((key for key, _ in headers if key.lower() in names), main)
    kept = tuple(pair for pair in headers if pair[0].lower() not in names or pair[0].lower() == written.lower())
    return _set(kept, written, value)


def _new_id(delivery: Delivery, now: float) -> str:
    return "msg_" + hashlib.sha256(delivery.body + repr(now).encode()).hexdigest()[:24]

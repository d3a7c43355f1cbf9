"""From a mapping (a provider's TOML file, a table of `hookscope.toml`, an entry point) to a `Provider`.

Whatever is wrong raises `InputError` that names the file, the key and what was expected there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.model.errors import RefusedForSafety
from hookscope.providers.keys import (
    EVENT_KEYS,
    KEY_FORM_KEYS,
    PROVIDER_KEYS,
    SCHEME_KEYS,
    SECRET_KEYS,
    SIGN_KEYS,
    Check,
)
from hookscope.providers.provider import (
    ALGORITHMS,
    ASYMMETRIC,
    JWT_ALGORITHMS,
    MESSAGE_ALGORITHMS,
    EventFields,
    KeyForm,
    Provider,
    Scheme,
    SecretWords,
    Sign,
)
from hookscope_relay.errors import InputError


def parse_provider(data: Mapping[str, Any], origin: str) -> Provider:
    """The provider that a mapping describes; `origin` is how errors call where it stands."""
    if "code" in data:
        raise RefusedForSafety(f"{origin}: code: a provider is data and names no code", "take the key out")
    values = _checked(data, PROVIDER_KEYS, origin, "")
    _require(values, ("name",), origin, "", PROVIDER_KEYS)
    if not values.get("scheme") and not values.get("recognise"):
        raise _wrong(origin, "scheme", "at least one [[scheme]] or one [[recognise]]")
    schemes = tuple(
        _scheme(item, origin, f"scheme[{index}].", str(values["name"]))
        for index, item in enumerate(values.pop("scheme", ()))
    )
    signs = tuple(
        Sign(**_frozen(_checked(item, SIGN_KEYS, origin, f"recognise[{index}].")))
        for index, item in enumerate(values.pop("recognise", ()))
    )
    event = EventFields(**_frozen(_checked(values.pop("event", {}), EVENT_KEYS, origin, "event.")))
    secret = _secret(values.pop("secret", {}), origin)
    values.setdefault("title", values["name"])
    values["read_on"] = str(values.get("read_on", ""))
    return Provider(**_frozen(values), schemes=schemes, recognise=signs, event=event, secret=secret, origin=origin)


def _secret(data: Mapping[str, Any], origin: str) -> SecretWords:
    values = _checked(data, SECRET_KEYS, origin, "secret.")
    forms = []
    for index, item in enumerate(values.pop("mistaken", ())):
        at = f"secret.mistaken[{index}]."
        form = _checked(item, KEY_FORM_KEYS, origin, at)
        _require(form, ("like", "is_called"), origin, at, KEY_FORM_KEYS)
        forms.append(KeyForm(**form))
    return SecretWords(**_frozen(values), mistaken=tuple(forms))


def _scheme(data: Mapping[str, Any], origin: str, at: str, provider: str) -> Scheme:
    values = _checked(data, SCHEME_KEYS, origin, at)
    _require(values, ("kind",), origin, at, SCHEME_KEYS)
    values.setdefault("name", provider)
    if "header" in values:
        values["headers"] = [values.pop("header"), *values.get("headers", ())]
    if not values.get("headers") and not values.get("field"):
        raise _wrong(origin, at + "header", "the header that holds the signature (or `field`, a place in the body)")
    _check_kind(values, origin, at)
    if values.get("items") and not str(values.get("field", "")).startswith("item."):
        raise _wrong(origin, at + "field", "a place such as item.signature, since `items` is set")
    for key in ("when", "requires", "claims"):
        if key in values:
            values[key] = [(name, str(value)) for name, value in values[key].items()]
    return Scheme(**_frozen(values))


def _check_kind(values: dict[str, Any], origin: str, at: str) -> None:
    """What only some kinds and layouts need; a scheme with a public key takes one as its secret unless it says
    otherwise."""
    kind, algorithms = values["kind"], values.get("algorithms", ())
    known = MESSAGE_ALGORITHMS if kind == "http-message" else JWT_ALGORITHMS
    if kind in ("jwt", "jws", "http-message") and not (algorithms and set(algorithms) <= set(known)):
        raise _wrong(origin, at + "algorithms", "a list of " + ", ".join(known))
    if kind in ("ecdsa", "rsa") and values.get("algorithm") == "md5":
        raise _wrong(origin, at + "algorithm", "one of " + ", ".join(ALGORITHMS[1:]), "md5")
    if values.get("layout", "plain") != "plain" and not values.get("separator", ","):
        raise _wrong(origin, at + "separator", "the text between the entries", "")
    if kind in ASYMMETRIC or any(not name.startswith(("HS", "hmac")) for name in algorithms[:1]):
        values.setdefault("secret", "public-key")


def _checked(data: Mapping[str, Any], keys: Mapping[str, Check], origin: str, at: str) -> dict[str, Any]:
    for key, value in data.items():
        if key not in keys:
            raise InputError(f"{origin}: {at}{key} is not a key of a provider", "known here: " + ", ".join(keys))
        holds, expected = keys[key]
        if not holds(value):
            raise _wrong(origin, at + key, expected, value)
    return dict(data)


def _require(values: Mapping[str, Any], names: Sequence[str], origin: str, at: str, keys: Mapping[str, Check]) -> None:
    for name in names:
        if name not in values:
            raise _wrong(origin, at + name, keys[name][1])


def _wrong(origin: str, key: str, expected: str, value: object = None) -> InputError:
    found = "is missing; expected" if value is None else f"is {str(value)[:60]!r}; expected"
    return InputError(f"{origin}: {key} {found} {expected}", "correct the provider's table")


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}

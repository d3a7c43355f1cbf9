"""Mistakes that show themselves without a search, and notes: absent headers, times out of bounds,
keys of the wrong kind, API tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope.model.secret import Secret
from hookscope.providers.clocks import read_time
from hookscope.providers.facts import Facts
from hookscope.providers.provider import ASYMMETRIC, Provider
from hookscope.providers.registry import Providers, load_providers
from hookscope.signatures.mistakes.of_headers import Faults, raw_texts
from hookscope.signatures.receive import decode_signature, header_present, place_of
from hookscope.signatures.verification import SchemeOutcome

JWT = re.compile(rb"[ \"']*eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.")
FAR = 86400 * 365
MAX_FORM = 200
PLACEHOLDERS = (
    (re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?|%[A-Za-z_][A-Za-z0-9_]*%|\$\([^()]*\)"), "a reference to a variable"),
    (re.compile(r"\$?\{\{.*\}\}|<%.*%>|#\{.*\}"), "a template's placeholder"),
    (
        re.compile(
            r"(?:process\.env|os\.environ|os\.getenv|System\.getenv|ENV|env|getenv|secrets|vars|config)[.(\[].*"
        ),
        "an expression of code",
    ),
    (re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:SECRET|KEY|TOKEN)(?:_[A-Z0-9]+)*"), "a variable's name"),
    (
        re.compile(
            r"(?:webhook|signing)[ _-]?(?:secret|key|token)|secret|undefined|null|None|nil|NaN|\[object Object\]"
        ),
        "a word in its place",
    ),
    (
        re.compile(
            r"(?i)<[^<>]*>|\[?(?:your|my|insert|paste|replace|change|todo|xxx|example|put)[ _-]?.*(?:secret|key|token|here|me)[ _-]?.*\]?"
        ),
        "a placeholder",
    ),
    (re.compile(r"(?i)x{6,}|\*{6,}|\.{3,}|\u2022{4,}|(?:whsec|secret|sk|pk)_[x*.]{3,}"), "a mask"),
)
SIGNATURE_WORDS = ("signature", "hmac", "digest")


def unsigned(provider: Provider, facts: Facts, providers: Providers | None = None) -> Faults:
    """Why a delivery carries no signature of the provider: another's header is there, or none."""
    wanted = " or ".join(dict.fromkeys(place_of(scheme) for scheme in provider.schemes))
    if not provider.schemes:
        return ()
    for other in providers or load_providers():
        for scheme in other.schemes if other.name != provider.name else ():
            if scheme.kind in ("token", "basic") or scheme.field:
                continue
            if name := header_present(scheme, facts):
                detail = f"{_as_written(facts, name)} is a header of {other.title}, not of {provider.title}"
                return (("header-of-other-provider", detail),)
    if facts.text("body.source.type") == "automation" and provider.name == "notion":
        return (("header-missing", "this is a Notion automation's webhook action, which is never signed"),)
    alike = [name for name, _ in facts.delivery.headers if any(word in name.lower() for word in SIGNATURE_WORDS)]
    told = f"; {alike[0][:60]} is there, which {provider.title} does not send" if alike else ""
    return (("header-missing", f"{wanted} is missing{told}"),)


def out_of_time(outcome: SchemeOutcome, facts: Facts) -> Faults:
    """A right signature whose time is out of bounds, and by how much."""
    scheme = outcome.scheme
    limits = [limit for limit in (scheme.past_s, scheme.future_s) if limit is not None]
    bound = f"; {scheme.name} allows {limits[0]:g} s" if limits else ""
    fault = (
        ("timestamp-stale", f"{outcome.age:.0f} s old{bound}")
        if outcome.reason == "stale"
        else ("timestamp-future", f"{-outcome.age:.0f} s ahead of our clock{bound}")
    )
    if abs(outcome.age) > FAR and scheme.kind != "jwt":
        text = facts.text(scheme.timestamp) if scheme.timestamp else ""
        received = facts.delivery.received_at
        for unit, name in (("s", "seconds"), ("ms", "milliseconds")):
            at = read_time(text, unit) if text else received + FAR * 2
            if unit != scheme.unit and at is not None and abs(received - at) < FAR:
                return (("timestamp-unit", f"the timestamp is in {name}"), fault)
    return (fault,)


def api_token(provider: Provider, secrets: Sequence[Secret]) -> Faults:
    """A configured secret that begins as one of the provider's API tokens does."""
    for secret in secrets:
        for beginning in provider.secret.api_tokens:
            if (
                secret.value.strip(b" \t\r\n\"'").startswith(beginning.encode())
                and len(secret.value) > len(beginning) + 8
            ):
                begins = f"it begins with {beginning}, as an API token of {provider.title}"
                return (("secret-is-api-token", f"{begins}; wanted is the {provider.secret.called}"),)
        if JWT.match(secret.value):
            return (("secret-is-api-token", f"it is a JSON Web Token; wanted is the {provider.secret.called}"),)
    return ()


def key_of_other_kind(provider: Provider, secrets: Sequence[Secret]) -> Faults:
    """A configured secret that has the documented form of another key of the provider, which signs no deliveries."""
    for secret in secrets:
        for form in provider.secret.mistaken:
            if not form.may_sign and _fits(form.like, secret.value):
                detail = (
                    f"it has the form of {form.is_called} of {provider.title}; wanted is the {provider.secret.called}"
                )
                return (("secret-is-api-token", f"{detail}. {form.advice}".rstrip(". ")),)
    return ()


def placeholder(secrets: Sequence[Secret]) -> Faults:
    """A variable's name, a reference to one, or a text such as `changeme` in the place of a secret."""
    for secret in secrets:
        text = secret.value.strip(b" \t\r\n\"'").decode("latin-1")
        for pattern, told in PLACEHOLDERS:
            if pattern.fullmatch(text):
                return (("secret-is-placeholder", f"what is configured is {told}"),)
    return ()


def doubtful_key(provider: Provider, secrets: Sequence[Secret]) -> tuple[str, ...]:
    """Sentences about secrets that may be another key of the provider, or have not the form that its secrets have."""
    told = []
    for secret in secrets:
        value = secret.value.strip()
        fitting = [form for form in provider.secret.mistaken if form.may_sign and _fits(form.like, value)]
        told += [f"The configured secret has the form of {form.is_called}. {form.advice}".strip() for form in fitting]
        if not fitting and provider.secret.form and not _fits(provider.secret.form, value):
            told.append(f"The configured secret has not the form of a {provider.secret.called} of {provider.title}.")
    return tuple(dict.fromkeys(told))


def _fits(pattern: str, value: bytes) -> bool:
    """Whether a secret, quotes and white space aside, is of a documented form."""
    text = value.strip(b" \t\r\n\"'").decode("latin-1")
    try:
        return len(text) <= MAX_FORM and re.fullmatch(pattern, text) is not None
    except re.error:  # of a user's own table
        return False


def wrong_key(outcome: SchemeOutcome, secrets: Sequence[Secret]) -> Faults:
    """What a configured key is instead of what the scheme takes."""
    is_public = outcome.scheme.kind in ASYMMETRIC or outcome.scheme.secret == "public-key"  # noqa: S105  # the name of a form
    for secret in secrets:
        is_pem = secret.value.lstrip().startswith(b"-----BEGIN")
        if not is_public and not is_pem:
            continue
        if outcome.reason != "wrong-key-kind" and not (is_pem and not is_public):
            continue
        from hookscope.signatures.asymmetric import kind_of  # loads the cryptography library, which few need

        found = kind_of(secret.value) or ("a PEM text that holds no key" if is_pem else "no key")
        wanted = "a public key or certificate" if is_public else "a shared secret"
        kind = f" ({outcome.scheme.kind})" if outcome.scheme.kind in ASYMMETRIC else ""
        return (("key-kind", f"configured is {found}; {outcome.scheme.name} takes {wanted}{kind}"),)
    if outcome.reason == "wrong-key-kind":
        return (
            ("key-kind", f"the secret is not in the form that {outcome.scheme.name} takes: {outcome.scheme.secret}"),
        )
    return ()


def cut_signature(outcome: SchemeOutcome, facts: Facts, secrets: Sequence[Secret]) -> Faults:
    """A signature with a public key that has fewer bytes than the key makes."""
    scheme = outcome.scheme
    if scheme.kind not in ASYMMETRIC or outcome.reason not in ("mismatch", "malformed"):
        return ()
    from hookscope.signatures.asymmetric import signature_size  # loads the cryptography library, which few need

    for text in raw_texts(scheme, facts):
        # Base64 that was cut anywhere still decodes up to its last whole group.
        whole = text if scheme.encoding == "hex" else text[: len(text) // 4 * 4]
        found = decode_signature(scheme, whole[: len(whole) // 2 * 2]) or b""
        for secret in secrets:
            size = signature_size(scheme.kind, secret.value, found)
            if found and len(found) < size:
                return (("signature-truncated", f"only {len(found)} of {size} bytes"),)
    return ()


def malformed(outcome: SchemeOutcome, facts: Facts) -> Faults:
    """A header that cannot be read, or one that is missing beside the signature."""
    if outcome.reason == "missing-header":
        return (("header-missing", outcome.detail),)
    if outcome.reason not in ("malformed", "unknown-version", "missing-header"):
        return ()
    name = header_present(outcome.scheme, facts)
    if len(facts.headers.get(name, ())) > 1:
        return (("signature-duplicated", outcome.detail),)
    return (("header-malformed", outcome.detail or f"{_as_written(facts, name)} cannot be read"),)


def notes(provider: Provider, outcome: SchemeOutcome | None, secrets: Sequence[Secret], now: float) -> tuple[str, ...]:
    """What to know besides the verdict: what the scheme leaves unsigned, a certificate's dates."""
    if outcome is None:
        return () if provider.schemes else (f"{provider.title} signs nothing.",)
    found = [outcome.scheme.note] if outcome.scheme.note else []
    for secret in secrets if outcome.scheme.kind == "rsa" else ():
        if secret.value.startswith(b"-----BEGIN CERTIFICATE"):
            from hookscope.signatures.asymmetric import certificate_notes  # as above

            found += certificate_notes(secret.value, now)
    return tuple(dict.fromkeys(found))


def _as_written(facts: Facts, lower: str) -> str:
    return next((name for name, _ in facts.delivery.headers if name.lower() == lower), lower)

"""`hookscope providers`: what is known about each provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.providers.provider import Provider, Scheme


def run(settings: Settings) -> int:
    """Print all providers, or one."""
    import json

    from hookscope.providers.registry import all_providers

    providers = all_providers(settings.user, settings.project)
    name = settings.text("name")
    if not name:
        for provider in providers:
            print(json.dumps(to_mapping(provider)) if settings.flag("json") else render_row(provider))
        return 0
    found = providers.demand(name)
    print(json.dumps(to_mapping(found), indent=2) if settings.flag("json") else "\n".join(render_provider(found)))
    return 0


def render_row(provider: Provider) -> str:
    """One line of the list: name, title, and how it signs."""
    kinds = ", ".join(dict.fromkeys(render_kind(scheme) for scheme in provider.schemes if not scheme.explicit))
    return f"{provider.name:<20} {provider.title:<38} {kinds or 'signs nothing'}"


def _read(provider: Provider) -> str:
    return f"read {provider.read_on}" if provider.read_on else "recalled, not read in a copy"


def render_kind(scheme: Scheme) -> str:
    """A scheme's algorithm and encoding in a few words."""
    algorithm = scheme.algorithm.upper().replace("SHA", "SHA-")
    words = {
        "hmac": f"HMAC-{algorithm.replace('-', '')} {scheme.encoding}",
        "hash": f"{algorithm} {scheme.encoding}",
        "ed25519": f"Ed25519 {scheme.encoding}",
        "ecdsa": f"ECDSA {algorithm}",
        "rsa": f"RSA {algorithm}",
        "jwt": "JSON Web Token " + " ".join(scheme.algorithms),
        "jws": "detached JSON Web Signature " + " ".join(scheme.algorithms),
        "http-message": "HTTP Message Signatures",
        "token": "shared token",
        "basic": "basic auth",
    }
    return words[scheme.kind]


def render_provider(provider: Provider) -> list[str]:
    """Everything about one provider, a fact a line; hearsay is marked."""
    facts = [
        ("name", provider.name),
        ("documentation", f"{provider.docs} ({_read(provider)})" if provider.docs else ""),
        ("secret", provider.secret.called + (f": {provider.secret.found}" if provider.secret.found else "")),
        ("rotation", provider.rotation),
        ("handshake", provider.handshake_text or provider.handshake),
        ("retries", _told(provider, "retries", provider.retries)),
        (
            "time limit",
            _told(provider, "time_limit_s", f"{provider.time_limit_s:g} s" if provider.time_limit_s else ""),
        ),
        ("from", provider.origin),
    ]
    lines = [provider.title, *(f"  {name:<14} {value}" for name, value in facts if value)]
    for scheme in provider.schemes:
        lines += ["", f"  scheme {scheme.name}: {render_kind(scheme)}" + _told(provider, "scheme", "")]
        lines += [f"    {name:<12} {value}" for name, value in scheme_facts(scheme) if value]
    if provider.traps:
        lines += ["", "  traps", *(f"    {trap}" for trap in provider.traps)]
    return lines


def scheme_facts(scheme: Scheme) -> list[tuple[str, str]]:
    """A scheme's facts as pairs of name and text; empty texts for what it does not have."""
    limits = [
        f"{limit:g} s {where}"
        for limit, where in ((scheme.past_s, "old"), (scheme.future_s, "ahead"))
        if limit is not None
    ]
    shape = scheme.prefix or (
        f"{scheme.timestamp_key}=…{scheme.separator}{scheme.signature_key}=…" if scheme.layout == "pairs" else ""
    )
    return [
        ("where", ", ".join(scheme.headers) or scheme.field),
        ("shape", shape),
        (
            "signed",
            scheme.message.replace("\n", "\\n") if scheme.kind not in ("jwt", "http-message", "token", "basic") else "",
        ),
        ("timestamp", scheme.timestamp or (f"{scheme.timestamp_key}= in the header" if scheme.timestamp_key else "")),
        ("tolerance", ", ".join(limits)),
        ("secret", scheme.secret),
        ("parameters", ", ".join(scheme.parameters)),
        ("note", scheme.note),
    ]


def to_mapping(provider: Provider) -> dict[str, Any]:
    """A provider as plain JSON values."""
    import dataclasses

    return dataclasses.asdict(provider)


def _told(provider: Provider, fact: str, text: str) -> str:
    unchecked = " (not checked against the documentation)" if fact in provider.unchecked else ""
    return text + unchecked if text or fact == "scheme" else ""


COMMAND = Command(
    name="providers",
    summary="the providers known, or everything about one",
    arguments=(Argument(name="name", help="a provider or scheme", count="optional"),),
    options=(options.JSON,),
    run=run,
)

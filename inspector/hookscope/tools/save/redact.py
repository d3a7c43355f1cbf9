"""The redactor that a user's settings ask for."""

from __future__ import annotations

from pathlib import Path

from hookscope.config.settings import Settings
from hookscope.providers.provider import Provider
from hookscope.providers.registry import Providers
from hookscope.tools.redaction.placeholders import Masks, Placeholders
from hookscope.tools.redaction.redactor import Redactor
from hookscope.tools.redaction.rules import Rules, read_rules
from hookscope.tools.save.redaction_key import FILE, load_or_make

SECRET_ITSELF = ("token", "basic")


def fixture_redactor(settings: Settings, providers: Providers, key_file: str = "") -> Redactor:
    """Redacts for files: placeholders made with the user's key, or with that of a given file."""
    key = load_or_make(Path(key_file).expanduser() if key_file else settings.places.data / FILE)
    return Redactor(Placeholders(key), rules_of(settings, providers))


def report_redactor(settings: Settings, providers: Providers) -> Redactor:
    """Redacts for a report: first and last four characters."""
    return Redactor(Masks(), rules_of(settings, providers))


def rules_of(settings: Settings, providers: Providers) -> Rules:
    """What configuration files add, and where providers send the secret itself in the place of a signature."""
    headers: list[str] = []
    fields: list[str] = []
    for table in providers.tables.values():
        for scheme in table.get("scheme", ()):
            if scheme.get("kind") in SECRET_ITSELF:
                headers += [scheme.get("header", ""), *scheme.get("headers", ())]
                fields.append(scheme.get("field", ""))
    return read_rules(settings.user, settings.project).joined(fields, headers)


def signs_url(provider: Provider | None) -> bool:
    """Whether one of the provider's schemes signs the URL that the sender called."""
    return provider is not None and any("{url" in scheme.message for scheme in provider.schemes)

"""The APIs whose calls pass through a session, from the settings of `listen`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookscope.config.settings import Settings
from hookscope.providers.registry import Providers
from hookscope.secrets.dotenv import with_dotenv
from hookscope.session.plan import HeldToken, Outward

if TYPE_CHECKING:
    from hookscope.api.directory import Api


def build_outward(settings: Settings, providers: Providers) -> Outward:
    """The APIs whose calls pass through the session; `InputError` for what is none, or for a fault that is none."""
    if not settings.many("api") and not settings.many("api-fault"):
        return Outward()
    from hookscope.api.directory import parse_apis
    from hookscope.api.fault import parse_faults
    from hookscope.tools.save.redact import report_redactor

    apis = parse_apis(settings.many("api"))
    faults = parse_faults(settings.many("api-fault"), apis)
    return Outward(
        apis=apis,
        port=settings.whole("api-port"),
        port_fixed=settings.sources.get("api-port", "default") != "default",
        faults=faults,
        redactor=report_redactor(settings, providers),
        tokens=_tokens(settings, apis),
    )


def _tokens(settings: Settings, apis: Mapping[str, Api]) -> tuple[HeldToken, ...]:
    """The user's tokens for these APIs. An address that a project named gets none unasked."""
    from hookscope.api.account import find_token, headers_for
    from hookscope.api.directory import known_apis

    ours = settings.sources.get("api") != "project"
    asked = [api for api in apis.values() if api.who and (ours or api == known_apis().get(api.name))]
    environ = with_dotenv(settings.environ, settings.text("dotenv")) if asked else {}
    held = ((api, find_token(api, environ)) for api in asked)
    return tuple(
        HeldToken(api=api, variable=found[0], headers=headers_for(api, found[1])) for api, found in held if found
    )

"""60 documented incidents of calls to APIs, each with who answered, the cause and the fix."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hookscope.api.credential import read_credential
from hookscope.model.call import Call
from hookscope.model.capture import Failure
from hookscope_relay.delivery import Answer, Headers

HOSTS = {
    "notion": "https://api.notion.com",
    "github": "https://api.github.com",
    "stripe": "https://api.stripe.com",
    "slack": "https://slack.com",
    "linear": "https://api.linear.app",
    "hubspot": "https://api.hubapi.com",
    "shopify": "https://a.myshopify.com",
    "airtable": "https://api.airtable.com",
    "google": "https://sheets.googleapis.com",
    "openai": "https://api.openai.com",
    "anthropic": "https://api.anthropic.com",
    "discord": "https://discord.com",
    "microsoft": "https://graph.microsoft.com",
    "erp": "https://erp.example",
}
GOOD = {
    "notion": "ntn_" + "4f" * 23,
    "github": "ghp_" + "a1" * 18,
    "stripe": "sk_live_" + "b2" * 20,
    "slack": "xoxb-" + "1" * 50,
    "linear": "lin_api_" + "c3" * 20,
    "hubspot": "pat-na1-" + "11111111-2222-3333-4444-555555555555",
    "shopify": "shpat_" + "ab" * 16,
    "airtable": "pat" + "A1" * 7 + "." + "0f" * 32,
    "google": "ya29." + "d4" * 30,
    "openai": "sk-proj-" + "e5" * 20,
    "anthropic": "sk-ant-api03-" + "f6" * 20,
    "microsoft": "eyJ0eXAiOiJKV1QifQ.eyJhIjoxfQ.abc",
}
NOTION_VERSION = ("Notion-Version", "2022-06-28")


def notion(status: int, code: str, message: str = "") -> dict[str, Any]:
    return {"object": "error", "status": status, "code": code, "message": message}


@dataclass(frozen=True)
class Incident:
    """A call, what came back, and what must be said: the party that answered, the cause, and words of the fix."""

    name: str
    api: str
    asked: str
    status: int
    said: Any
    cause: str
    fix: str
    token: str | None = ""
    headers: Headers = ()
    answered: Headers = (("Content-Type", "application/json"),)
    party: str = "provider-api"
    title: str = ""
    body: bytes = b""
    failure: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def call_of(incident: Incident, **changes: Any) -> Call:
    method, _, target = incident.asked.partition(" ")
    token = GOOD.get(incident.api, "some-token-1234567890") if incident.token == "" else incident.token
    given = () if token is None else (("Authorization", token if " " in token else f"Bearer {token}"),)
    if incident.api == "linear" and incident.token == "":
        given = (("Authorization", GOOD["linear"]),)
    headers = (*given, *incident.headers)
    said = incident.said if isinstance(incident.said, str) else json.dumps(incident.said)
    values: dict[str, Any] = {
        "api": incident.api,
        "base": HOSTS[incident.api],
        "method": method,
        "target": target,
        "started_at": 1000.0,
        "elapsed_ms": 50.0,
        "headers": headers,
        "body": incident.body,
        "credential": read_credential(headers, target),
        "answer": Answer(status=incident.status, headers=incident.answered, body=said.encode())
        if incident.status
        else None,
        "failure": Failure(kind=incident.failure, detail="it broke") if incident.failure else None,  # type: ignore[arg-type]
        **incident.more,
    }
    return Call(**values | changes)


PAGE = "/v1/pages/153104cd477e809d8dc4ff2d96ae3090"
UNAUTHORIZED = notion(401, "unauthorized", "API token is invalid.")
HTML = (("Content-Type", "text/html"),)


def refused_by_notion(
    name: str, asked: str, status: int, code: str, message: str, cause: str, fix: str, **more: Any
) -> Incident:
    return Incident(name, "notion", asked, status, notion(status, code, message), cause, fix, **more)


def unauthorized(name: str, cause: str, fix: str, **more: Any) -> Incident:
    return Incident(name, "notion", f"GET {PAGE}", 401, UNAUTHORIZED, cause, fix, **more)


INCIDENTS = (
    # Notion: tokens
    unauthorized("no token", "token-missing", "variable", token=None, headers=(NOTION_VERSION,)),
    unauthorized("quoted", "token-malformed", "quotes out", token=f'Bearer "{GOOD["notion"]}"'),
    unauthorized("newline", "token-malformed", "line break", token=f"Bearer {GOOD['notion']}\\n"),
    unauthorized("twice", "token-malformed", "adds the scheme itself", token=f"Bearer Bearer {GOOD['notion']}"),
    unauthorized("Token for Bearer", "token-malformed", "Authorization: Bearer TOKEN", token=f"Token {GOOD['notion']}"),
    unauthorized("cut off", "token-malformed", "end is missing", token=GOOD["notion"][:30]),
    unauthorized("a variable's name", "token-malformed", "Read the variable", token="NOTION_TOKEN"),
    unauthorized("not expanded", "token-malformed", "expand the variable", token="Bearer ${NOTION_TOKEN}"),
    unauthorized("undefined", "token-malformed", "not set where the handler runs", token="Bearer undefined"),
    unauthorized("no scheme", "token-malformed", "Bearer", token=" " + GOOD["notion"]),
    unauthorized("another provider's", "wrong-token-kind", "Notion takes", token=GOOD["stripe"], title="of Stripe"),
    unauthorized(
        "a signing secret", "wrong-token-kind", "Notion takes", token="whsec_" + "A1" * 16, title="verifying deliveries"
    ),
    unauthorized("not valid", "token-stale", "new token"),
    # Notion: version, capabilities, objects
    refused_by_notion(
        "no version",
        f"GET {PAGE}",
        400,
        "missing_version",
        "Notion-Version header should be defined",
        "version-header",
        "version header",
    ),
    refused_by_notion(
        "version too old for data sources",
        "POST /v1/data_sources/x/query",
        400,
        "invalid_request_url",
        "Invalid request URL.",
        "version-header",
        "Notion-Version: 2025-09-03",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "version too new for databases",
        "POST /v1/databases/x/query",
        400,
        "invalid_request_url",
        "Invalid request URL.",
        "version-header",
        "POST /v1/data_sources/{id}/query",
        headers=(("Notion-Version", "2025-09-03"),),
    ),
    refused_by_notion(
        "several data sources",
        "POST /v1/databases/x/query",
        400,
        "validation_error",
        "Databases with multiple data sources are not supported in this API version.",
        "version-header",
        "2025-09-03",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "comments not allowed",
        "POST /v1/comments",
        403,
        "restricted_resource",
        "Insufficient permissions for this endpoint.",
        "capability-missing",
        "Insert comments",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "users not allowed",
        "GET /v1/users",
        403,
        "restricted_resource",
        "",
        "capability-missing",
        "Read user information",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "update not allowed",
        f"PATCH {PAGE}",
        403,
        "restricted_resource",
        "",
        "capability-missing",
        "Update content",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "not shared",
        f"GET {PAGE}",
        404,
        "object_not_found",
        "Could not find page with ID: x. Make sure the relevant pages and databases are shared with your integration.",
        "not-shared",
        "Connections",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion(
        "too fast",
        f"GET {PAGE}",
        429,
        "rate_limited",
        "",
        "rate-limited",
        "Retry-After",
        answered=(("Retry-After", "2"),),
        title="Retry-After says 2 s",
    ),
    refused_by_notion("conflict", f"PATCH {PAGE}", 409, "conflict_error", "", "conflict", "once more"),
    refused_by_notion("not valid JSON", "POST /v1/pages", 400, "invalid_json", "", "bad-json", "Content-Type"),
    refused_by_notion(
        "wrong field",
        "POST /v1/pages",
        400,
        "validation_error",
        "body.properties.Name should be defined",
        "validation-error",
        "field",
        title="body.properties.Name",
    ),
    refused_by_notion(
        "in the trash",
        f"PATCH {PAGE}",
        400,
        "validation_error",
        "Can't edit block that is archived.",
        "entity-not-found",
        "trash",
    ),
    refused_by_notion(
        "no such endpoint",
        "GET /v1/v1/pages",
        400,
        "invalid_request_url",
        "Invalid request URL.",
        "not-found",
        "doubled",
        headers=(NOTION_VERSION,),
    ),
    refused_by_notion("down", f"GET {PAGE}", 503, "service_unavailable", "", "app-dependency-down", "growing pauses"),
    # Others
    Incident(
        "bad credentials",
        "github",
        "GET /repos/o/r",
        401,
        {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"},
        "token-stale",
        "new token",
    ),
    Incident(
        "app lacks permission",
        "github",
        "POST /repos/o/r/issues/1/comments",
        403,
        {"message": "Resource not accessible by integration"},
        "capability-missing",
        "issues=write",
        answered=(("X-Accepted-GitHub-Permissions", "issues=write"),),
    ),
    Incident(
        "hidden repository", "github", "GET /repos/o/r", 404, {"message": "Not Found"}, "not-shared", "repository"
    ),
    Incident(
        "secondary limit",
        "github",
        "POST /repos/o/r/issues",
        403,
        {"message": "You have exceeded a secondary rate limit."},
        "rate-limited",
        "one after another",
    ),
    Incident(
        "no user agent",
        "github",
        "GET /user",
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        "user-agent-missing",
        "User-Agent",
        answered=(),
    ),
    Incident(
        "single sign-on",
        "github",
        "GET /orgs/o",
        403,
        {"message": "Resource protected by organization SAML enforcement."},
        "capability-missing",
        "SSO",
    ),
    Incident(
        "no key",
        "stripe",
        "GET /v1/charges",
        401,
        {"error": {"message": "You did not provide an API key.", "type": "invalid_request_error"}},
        "token-missing",
        "token",
        token=None,
    ),
    Incident(
        "publishable key",
        "stripe",
        "POST /v1/charges",
        401,
        {"error": {"message": "Invalid API Key provided", "type": "invalid_request_error"}},
        "wrong-token-kind",
        "Stripe takes",
        token="pk_live_" + "b2" * 20,
        title="for browsers",
    ),
    Incident(
        "test and live",
        "stripe",
        "GET /v1/charges/ch_1",
        404,
        {
            "error": {
                "code": "resource_missing",
                "message": "No such charge: 'ch_1'; a similar object exists in live mode, but a test mode key was used to make this request.",
                "type": "invalid_request_error",
            }
        },
        "wrong-mode",
        "environment",
    ),
    Incident(
        "no such customer",
        "stripe",
        "GET /v1/customers/cus_1",
        404,
        {"error": {"code": "resource_missing", "message": "No such customer: 'cus_1'"}},
        "entity-not-found",
        "id",
    ),
    Incident(
        "expired key",
        "stripe",
        "GET /v1/charges",
        401,
        {"error": {"code": "api_key_expired", "message": "Expired API Key provided"}},
        "token-expired",
        "Roll the key",
    ),
    Incident(
        "200 and not ok",
        "slack",
        "POST /api/chat.postMessage",
        200,
        {"ok": False, "error": "invalid_auth"},
        "token-stale",
        "new token",
    ),
    Incident(
        "scope",
        "slack",
        "POST /api/chat.postMessage",
        200,
        {"ok": False, "error": "missing_scope", "needed": "chat:write.public", "provided": "users:read"},
        "capability-missing",
        "chat:write.public",
    ),
    Incident(
        "not in the channel",
        "slack",
        "POST /api/chat.postMessage",
        200,
        {"ok": False, "error": "not_in_channel"},
        "not-shared",
        "/invite",
    ),
    Incident(
        "slack too fast",
        "slack",
        "POST /api/chat.postMessage",
        429,
        {"ok": False, "error": "ratelimited"},
        "rate-limited",
        "Retry-After",
    ),
    Incident(
        "bearer before a personal key",
        "linear",
        "POST /graphql",
        400,
        {
            "errors": [
                {
                    "message": "It looks like you're trying to use a personal API key as a Bearer token.",
                    "extensions": {"code": "BAD_USER_INPUT"},
                }
            ]
        },
        "token-malformed",
        "without Bearer",
        token="Bearer " + GOOD["linear"],
    ),
    Incident(
        "graphql refuses with 200",
        "linear",
        "POST /graphql",
        200,
        {"errors": [{"message": "Entity not found: Issue", "extensions": {"code": "INPUT"}}]},
        "entity-not-found",
        "id",
    ),
    Incident(
        "hubspot scopes",
        "hubspot",
        "GET /crm/v3/objects/deals",
        403,
        {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]},
        "capability-missing",
        "crm.objects.deals.read",
    ),
    Incident(
        "shopify scope",
        "shopify",
        "GET /admin/api/2025-01/orders.json",
        403,
        {"errors": "[API] This action requires merchant approval for read_orders scope."},
        "capability-missing",
        "read_orders",
    ),
    Incident(
        "airtable base",
        "airtable",
        "GET /v0/app1/Table",
        403,
        {"error": {"type": "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", "message": "Invalid permissions"}},
        "not-shared",
        "data.records:read",
    ),
    Incident(
        "google scope",
        "google",
        "GET /v4/spreadsheets/x",
        403,
        {
            "error": {
                "code": 403,
                "status": "PERMISSION_DENIED",
                "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
            }
        },
        "capability-missing",
        "consent",
    ),
    Incident(
        "google expired",
        "google",
        "GET /v4/spreadsheets/x",
        401,
        {
            "error": {
                "code": 401,
                "status": "UNAUTHENTICATED",
                "message": "Request had invalid authentication credentials.",
            }
        },
        "token-expired",
        "refresh",
    ),
    Incident(
        "quota",
        "openai",
        "POST /v1/chat/completions",
        429,
        {"error": {"code": "insufficient_quota", "type": "insufficient_quota"}},
        "payment-required",
        "plan",
    ),
    Incident(
        "overloaded",
        "anthropic",
        "POST /v1/messages",
        529,
        {"type": "error", "error": {"type": "overloaded_error"}},
        "app-dependency-down",
        "growing pauses",
    ),
    Incident(
        "bot lacks access",
        "discord",
        "POST /api/v10/channels/1/messages",
        403,
        {"message": "Missing Access", "code": 50001},
        "capability-missing",
        "permission",
    ),
    Incident(
        "graph lacks consent",
        "microsoft",
        "GET /v1.0/users",
        403,
        {
            "error": {
                "code": "Authorization_RequestDenied",
                "message": "Insufficient privileges to complete the operation.",
            }
        },
        "capability-missing",
        "administrator",
    ),
    Incident("unknown API, 401", "erp", "GET /orders", 401, {"detail": "no"}, "token-stale", "new token"),
    Incident(
        "unknown API, 418", "erp", "GET /orders", 418, "short and stout", "api-refused", "Read the answer", answered=()
    ),
    Incident(
        "app token for a bot's method",
        "slack",
        "POST /api/chat.postMessage",
        200,
        {"ok": False, "error": "not_allowed_token_type"},
        "wrong-token-kind",
        "xoxb-",
    ),
    # In front of the API, and on the way
    Incident(
        "a firewall's page",
        "notion",
        f"GET {PAGE}",
        403,
        "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>",
        "edge-refused",
        "gateway",
        answered=(*HTML, ("CF-RAY", "8x")),
        party="edge",
    ),
    Incident(
        "the web site",
        "notion",
        f"GET {PAGE}",
        404,
        "<!DOCTYPE html><title>Notion</title>",
        "login-page",
        "own host",
        answered=HTML,
    ),
    Incident(
        "nothing listens",
        "erp",
        "GET /orders",
        0,
        "",
        "connection-refused",
        "URL",
        party="transport",
        failure="refused",
    ),
    Incident(
        "certificate",
        "notion",
        f"GET {PAGE}",
        0,
        "",
        "tls-certificate-untrusted",
        "SSL_CERT_FILE",
        party="transport",
        failure="tls",
    ),
    Incident(
        "handler gave up",
        "notion",
        f"GET {PAGE}",
        0,
        "",
        "call-abandoned",
        "timeout",
        failure="closed",
        more={"abandoned": True},
    ),
)

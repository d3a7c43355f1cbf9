"""What is planted: for each plant the request, and the truth for every outcome that shows that it took.

An outcome that a plant does not list is no recording: the recorder says so and a person looks. `also` holds what gives the same bytes by
construction: a handler that calls its framework's `abort(403)` says the same whatever its reason was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REASONS = (
    "api-key-missing", "auth-required", "bearer-missing", "guard-denied", "ip-denied", "permission-denied", "session-required",
    "signature-missing", "signature-rejected", "timestamp-stale", "token-expired", "token-missing", "user-agent-denied", "verification-failed",
)  # fmt: skip
UNFIT = ("bad-json", "empty-body", "malformed-request", "missing-field", "signature-missing", "signature-rejected", "timestamp-stale", "unsupported-event", "validation-error", "verification-failed")  # fmt: skip  # noqa: E501
RAISED = ("app-dependency-down", "app-exception", "body-parser-missing", "missing-field", "signature-rejected")
ROUTES = ("entity-not-found", "host-route-mismatch", "method-not-allowed", "not-found", "static-post", "trailing-slash-mismatch")  # fmt: skip
CLOSED = ("app-exception", "closed-without-response", "connection-reset", "plain-on-tls", "process-crash", "proxy-rule-denied", "response-timeout", "worker-killed")  # fmt: skip  # noqa: E501
GATEWAY = ("upstream-bad-response", "upstream-down", "upstream-timeout", "upstream-tls-mismatch")


@dataclass(frozen=True, slots=True)
class Truth:
    """The cause, who answered, and what cannot be told from it."""

    cause: str
    layer: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plant:
    """One fault (or none): the request that meets it, and the truth by outcome: a status, `4xx`, or a failure's kind."""

    path: str
    outcomes: dict[str, Truth]
    changes: frozenset[str] = frozenset()
    method: str = "POST"
    how: str = ""
    limit_s: float = 5.0
    scheme: str = "http"
    extra: dict[str, str] = field(default_factory=dict)


def _plant(path: str, outcomes: dict[str, Truth], changes: str = "", **more: object) -> Plant:
    return Plant(path, outcomes, frozenset(changes.split()), **more)  # type: ignore[arg-type]


OK = {"2xx": Truth("ok", "handler")}


def _handler(cause: str, statuses: str, also: tuple[str, ...] = ()) -> dict[str, Truth]:
    return {status: Truth(cause, "handler", also) for status in statuses.split()}


_LOST = {"closed": Truth("app-exception", "handler", CLOSED), "reset": Truth("app-exception", "handler", CLOSED)}
_REDIRECTED = {status: Truth("trailing-slash-redirect", "framework") for status in ("301", "302", "303", "307", "308")}

PLANTS: dict[str, Plant] = {
    # The handler is right, and says so in its framework's way; or in words that sound like trouble and are none.
    "ok": _plant("/ok", OK, how="the handler verifies the signature and accepts"),
    "bait-null-error": _plant("/bait/null-error", OK, how="200 with empty error fields"),
    "bait-ignored": _plant("/bait/ignored", OK, how="2xx: the event is one that the handler has no use for"),
    "bait-duplicate": _plant("/bait/duplicate", OK, how="2xx: already processed"),
    "bait-words": _plant("/bait/words", OK, how="200 whose words speak of failures, none of them of this delivery"),
    "bait-html": _plant("/bait/html", OK, how="200 with a short page that thanks"),
    "bait-empty": _plant("/bait/empty", OK, how="2xx without a body"),
    "slow-ok": _plant("/slow-ok", {"2xx": Truth("slow-ok", "handler", ("ok",))}, how="right, after 3.5 seconds", limit_s=8),
    # It is not, though the status is.
    "ok-error": _plant("/ok-error", {"2xx": Truth("ok-with-error-body", "handler")}, how="200 that says that it failed"),
    "page": _plant("/page", {"2xx": Truth("page-rendered-200", "framework")}, how="a page is rendered, no handler ran"),
    "login-page": _plant("/login-page", {"2xx": Truth("login-page-200", "handler")}, how="200 with the login form"),
    # Routes.
    "nowhere": _plant("/nowhere", {"404": Truth("not-found", "framework"), "405": Truth("method-not-allowed", "framework", ("not-found", "static-post")), "501": Truth("not-found", "framework", ("method-not-allowed", "not-implemented"))}, how="no such route"),  # fmt: skip  # noqa: E501
    "deep": _plant("/api/v1/webhooks/incoming", {"404": Truth("not-found", "framework")}, how="no such route, deeper"),
    "getonly": _plant("/getonly", {"405": Truth("method-not-allowed", "framework"), "501": Truth("method-not-allowed", "framework"), "404": Truth("method-not-allowed", "framework", ("not-found",))}, how="the route takes GET only"),  # fmt: skip  # noqa: E501
    "slash": _plant("/slash", {"404": Truth("trailing-slash-mismatch", "framework", ("not-found",)), "405": Truth("trailing-slash-mismatch", "framework", ("method-not-allowed", "not-found")), **_REDIRECTED}, how="the route is /slash/"),  # fmt: skip  # noqa: E501
    "noslash": _plant("/noslash/", {"404": Truth("trailing-slash-mismatch", "framework", ("not-found",)), "405": Truth("trailing-slash-mismatch", "framework", ("method-not-allowed", "not-found")), **_REDIRECTED}, how="the route is /noslash"),  # fmt: skip  # noqa: E501
    "entity": _plant("/entity", _handler("entity-not-found", "404 410"), how="the handler knows no such subscription"),
    # The handler's own refusals: in its own words, or bare.
    "sig": _plant("/sig", _handler("signature-rejected", "400 401 403 422 500"), how="the handler has another secret, and says so"),
    "sig-bare": _plant("/sig-bare", {**_handler("signature-rejected", "401 403", REASONS), **_handler("signature-rejected", "400", UNFIT)}, how="the handler has another secret, and answers the bare status"),  # fmt: skip  # noqa: E501
    "unsigned": _plant("/sig-missing", _handler("signature-missing", "400 401 403 422"), "unsigned", how="no signature came, and the handler says so"),  # fmt: skip  # noqa: E501
    "unsigned-bare": _plant("/sig-bare", {**_handler("signature-missing", "401 403", REASONS), **_handler("signature-missing", "400", UNFIT)}, "unsigned", how="no signature came, and the handler answers the bare status"),  # fmt: skip  # noqa: E501
    "sig-raises": _plant("/sig-raises", _handler("signature-rejected", "500", RAISED), how="the signature's exception is not caught"),
    "stale": _plant("/stale", _handler("timestamp-stale", "400 401 403"), "stale", how="the handler says that the timestamp is too old"),
    "event": _plant("/event", _handler("unsupported-event", "400 422 501"), how="the handler does not know the event"),
    "duplicate": _plant("/duplicate", _handler("duplicate-delivery", "409"), how="already processed, answered 409"),
    "ip": _plant("/ip", _handler("ip-denied", "401 403"), how="the handler takes certain addresses only"),
    "rate": _plant("/rate", _handler("rate-limited", "429"), how="the handler counts requests"),
    "dependency": _plant("/dependency", _handler("app-dependency-down", "500 503"), how="the database is down"),
    "maintenance": _plant("/maintenance", _handler("maintenance", "503"), how="in maintenance"),
    "field": _plant("/field", {**_handler("missing-field", "500", ("app-exception", "missing-field", "validation-error")), **_handler("missing-field", "400 422", ("validation-error",))}, "json", how="the handler wants a field that is not there"),  # fmt: skip  # noqa: E501
    "schema": _plant("/schema", {"400": Truth("validation-error", "framework"), "422": Truth("validation-error", "framework")}, "json", how="the framework checks the body against a schema"),  # fmt: skip  # noqa: E501
    "boom": _plant("/boom", {**_handler("app-exception", "500", RAISED), **_LOST}, how="the handler raises"),
    "json": _plant("/json", {"400": Truth("bad-json", "framework"), "422": Truth("bad-json", "framework"), "500": Truth("bad-json", "handler", RAISED), **{kind: Truth("bad-json", "handler", ("bad-json", *CLOSED)) for kind in ("closed", "reset")}}, "json broken", how="the body is broken JSON"),  # fmt: skip  # noqa: E501
    "json-caught": _plant("/json-caught", _handler("bad-json", "400 422"), "json broken", how="the handler says that the body is no JSON"),
    "login": _plant("/login", _handler("login-redirect", "302 303 307"), how="the handler redirects to its login"),
    "moved": _plant("/moved", _handler("moved-redirect", "301 302 307 308"), how="the handler lives elsewhere now"),
    "done": _plant("/done", _handler("redirect-after-post", "302 303"), how="the work is done, then a redirect to a page"),
    "https": _plant("/https", {status: Truth("https-redirect", "framework") for status in ("301", "302", "307", "308")}, how="https is enforced, the proxy's word is not believed"),  # fmt: skip  # noqa: E501
    # The framework's own refusals.
    "csrf": _plant("/csrf", {status: Truth("csrf", "framework") for status in ("400", "401", "403", "419", "422")}, "form", how="the framework's CSRF protection"),  # fmt: skip  # noqa: E501
    "basic": _plant("/basic", {"401": Truth("basic-auth", "framework")}, how="the framework's Basic auth"),
    "bearer": _plant("/bearer", {"401": Truth("bearer-missing", "framework"), "403": Truth("bearer-missing", "framework")}, how="the framework's Bearer or JWT auth"),  # fmt: skip  # noqa: E501
    "session": _plant("/session", {"401": Truth("session-required", "framework", REASONS), "403": Truth("session-required", "framework", REASONS)}, how="the framework wants a session"),  # fmt: skip  # noqa: E501
    "key": _plant("/key", {"401": Truth("api-key-missing", "framework"), "403": Truth("api-key-missing", "framework")}, how="the framework's API key"),  # fmt: skip  # noqa: E501
    "big": _plant("/big", {"413": Truth("body-too-large", "framework"), "400": Truth("body-too-large", "framework", ("malformed-request",)), "500": Truth("body-too-large", "framework", ("app-exception",))}, "json big", how="over the limit of the framework's body parser"),  # fmt: skip  # noqa: E501
    "media": _plant("/media", {"415": Truth("unsupported-media-type", "framework"), "406": Truth("unsupported-media-type", "framework"), "400": Truth("unsupported-media-type", "framework", ("bad-json", "missing-field")), "500": Truth("unsupported-media-type", "framework", RAISED)}, "json text", how="the parser wants application/json, text/plain came"),  # fmt: skip  # noqa: E501
    "host": _plant("/ok", {status: Truth("host-not-allowed", "framework") for status in ("400", "403", "404", "421")}, "tunnel-host", how="the framework checks Host"),  # fmt: skip  # noqa: E501
    "big-header": _plant("/ok", {**{status: Truth("header-too-large", "framework") for status in ("400", "413", "431")}, **{kind: Truth("header-too-large", "framework", ("header-too-large", *CLOSED)) for kind in ("closed", "reset")}, "bad-response": Truth("header-too-large", "framework", ("malformed-response", "not-http", "upstream-bad-response"))}, "big-header", how="one header of 70 kB"),  # fmt: skip  # noqa: E501
    "long-target": _plant("/ok", {"413": Truth("uri-too-long", "framework", ("body-too-large", "header-too-large")), "414": Truth("uri-too-long", "framework"), "400": Truth("uri-too-long", "framework", ("header-too-large", "malformed-request")), "431": Truth("uri-too-long", "framework", ("header-too-large",)), "bad-response": Truth("uri-too-long", "framework", ("malformed-response", "not-http", "upstream-bad-response")), **{kind: Truth("uri-too-long", "framework", ("uri-too-long", *CLOSED)) for kind in ("closed", "reset")}}, "long-target", how="a target of 20 kB"),  # fmt: skip  # noqa: E501
    # The transport.
    "tls": _plant("/ok", {"tls": Truth("tls-on-plain", "transport"), "timeout": Truth("tls-on-plain", "transport", ("connect-timeout", "response-timeout"))}, scheme="https", how="TLS to the plain port"),
    "hang": _plant("/hang", {"timeout": Truth("response-timeout", "handler", ("proxy-rule-denied", "request-timeout"))}, how="the handler never answers", limit_s=2),  # fmt: skip  # noqa: E501
    "crash": _plant("/crash", {kind: Truth("process-crash", "handler", CLOSED) for kind in ("closed", "reset")}, how="the process ends while it handles the delivery"),  # fmt: skip  # noqa: E501
    # Gateways: what stands behind them, by path.
    "gw-ok": _plant("/up/ok", OK, how="the gateway's application accepts"),
    "gw-403": _plant("/up/403", _handler("signature-rejected", "403"), how="the application behind refuses the signature"),
    "gw-500": _plant("/up/500", _handler("app-exception", "500"), how="the application behind raised"),
    "gw-404": _plant("/nowhere", {"404": Truth("not-found", "reverse-proxy", ("host-route-mismatch",)), "502": Truth("not-found", "reverse-proxy", ("upstream-down",))}, how="the gateway has no such route"),  # fmt: skip  # noqa: E501
    "gw-down": _plant("/down", {**{status: Truth("upstream-down", "reverse-proxy", GATEWAY) for status in ("500", "502", "503", "504")}, **{kind: Truth("upstream-down", "reverse-proxy", ("upstream-down", *CLOSED)) for kind in ("closed", "reset")}}, how="nothing listens behind the gateway"),  # fmt: skip  # noqa: E501
    "gw-hang": _plant("/hang", {**{status: Truth("upstream-timeout", "reverse-proxy", GATEWAY) for status in ("500", "502", "503", "504", "408")}, "timeout": Truth("response-timeout", "handler", ("upstream-timeout", "request-timeout", "proxy-rule-denied"))}, how="the application behind does not answer", limit_s=6),  # fmt: skip  # noqa: E501
    "gw-garbage": _plant("/garbage", {**{status: Truth("upstream-bad-response", "reverse-proxy", GATEWAY) for status in ("500", "502", "503", "504")}, **{kind: Truth("upstream-bad-response", "reverse-proxy", ("upstream-bad-response", *CLOSED)) for kind in ("closed", "reset")}}, how="the application behind does not speak HTTP"),  # fmt: skip  # noqa: E501
    "gw-close": _plant("/close", {**{status: Truth("upstream-bad-response", "reverse-proxy", GATEWAY) for status in ("500", "502", "503", "504")}, **{kind: Truth("upstream-bad-response", "reverse-proxy", ("upstream-bad-response", *CLOSED)) for kind in ("closed", "reset")}}, how="the application behind hangs up"),  # fmt: skip  # noqa: E501
    # Web servers that serve files: no handler at all.
    "file": _plant("/index.html", {**{status: Truth("static-post", "reverse-proxy", ("method-not-allowed",)) for status in ("403", "404", "405", "501", "400")}, "2xx": Truth("page-rendered-200", "reverse-proxy")}, how="POST to a file"),  # fmt: skip  # noqa: E501
    "no-file": _plant("/hooks/notion", {"404": Truth("not-found", "reverse-proxy", ("static-post", "method-not-allowed")), **{status: Truth("static-post", "reverse-proxy", ("method-not-allowed", "not-found")) for status in ("403", "405", "501", "400")}}, how="POST where no file is"),  # fmt: skip  # noqa: E501
    # APIs that are not webhook handlers at all.
    "api-method": _plant("/", {"405": Truth("method-not-allowed", "framework"), "404": Truth("not-found", "framework", ("method-not-allowed",))}, how="POST to the wrong path of an API"),  # fmt: skip  # noqa: E501
    "api-get": _plant("/graphql", {"405": Truth("method-not-allowed", "framework"), "404": Truth("not-found", "framework"), "400": Truth("method-not-allowed", "framework", UNFIT)}, method="PUT", how="PUT to an API"),  # fmt: skip  # noqa: E501
    # GraphQL: what comes is JSON and no operation.
    "gq": _plant("/", {status: Truth("validation-error", "framework", ("missing-field",)) for status in ("400", "422", "500", "200")}, "json", how="a webhook posted to a GraphQL endpoint"),  # fmt: skip  # noqa: E501
    "gq-path": _plant("/graphql", {status: Truth("validation-error", "framework", ("missing-field",)) for status in ("400", "422", "500", "200")}, "json", how="a webhook posted to a GraphQL endpoint"),  # fmt: skip  # noqa: E501
    "json-gq": _plant("/graphql", {"400": Truth("bad-json", "framework")}, "json broken", how="broken JSON to a GraphQL endpoint"),
    "upgrade": _plant("/hooks", {"426": Truth("unexpected-upgrade", "framework"), "400": Truth("unexpected-upgrade", "framework", ("method-not-allowed",)), "405": Truth("method-not-allowed", "framework", ("unexpected-upgrade",))}, how="a webhook to a WebSocket port"),  # fmt: skip  # noqa: E501
    "socketio": _plant("/hooks/", {"400": Truth("validation-error", "framework", ("malformed-request", "missing-field", "not-found", "unexpected-upgrade"))}, how="a webhook to a Socket.IO path"),  # fmt: skip  # noqa: E501
    # Deliveries of one provider, for its own library.
    "slack-sig": _plant("/sig", _handler("signature-rejected", "400 401 403"), "slack", how="the library has another secret"),
    "slack-unsigned": _plant("/sig-missing", _handler("signature-missing", "400 401 403"), "slack unsigned", how="no signature came"),
    "slack-stale": _plant("/stale", _handler("timestamp-stale", "400 401 403"), "slack stale", how="the timestamp is too old"),
    "github-sig": _plant("/sig", _handler("signature-rejected", "400 401 403"), "github", how="the library has another secret"),
    "github-unsigned": _plant("/sig", _handler("signature-missing", "400 401 403"), "github unsigned", how="no signature came"),
    "plain-tls": _plant("/ok", {kind: Truth("plain-on-tls", "transport", CLOSED) for kind in ("closed", "reset", "timeout")}, how="plain HTTP to the TLS port"),  # fmt: skip  # noqa: E501
    "untrusted": _plant("/ok", {"tls": Truth("tls-certificate-untrusted", "transport")}, "verify", scheme="https", how="a self-signed certificate"),  # fmt: skip  # noqa: E501
    # A runner of hooks: its rule looks at the signature.
    "rule": _plant("/rule", {"2xx": Truth("ok-with-error-body", "handler", ("unsupported-event",))}, "github", how="the rule wants another event; 200 all the same"),  # fmt: skip  # noqa: E501
    "strict": _plant("/strict", {"401": Truth("signature-rejected", "handler", ("signature-missing",)), "500": Truth("signature-rejected", "handler", ("app-exception",))}, "github", how="the rule compares the signature with another secret"),  # fmt: skip  # noqa: E501
    "strict-unsigned": _plant("/strict", _handler("signature-missing", "401", ("signature-rejected",)), "github unsigned", how="the rule finds no signature"),  # fmt: skip  # noqa: E501
    "fails": _plant("/fails", _handler("app-exception", "500"), how="the hook's command fails"),
    "getonly-hook": _plant("/get", {"405": Truth("method-not-allowed", "framework")}, how="the hook takes GET only"),
    # Programs with an API of their own, to which somebody points a webhook.
    "getonly-any": _plant("/ok", {"405": Truth("method-not-allowed", "framework")}, method="PUT", how="the listener takes POST only"),
    "push": _plant("/metrics/job/hooks", {"400": Truth("validation-error", "framework", ("bad-json", "malformed-request"))}, "json", how="JSON where another format is wanted"),  # fmt: skip  # noqa: E501
    "alerts": _plant("/api/v2/alerts", {status: Truth("validation-error", "framework") for status in ("400", "422")}, "json", how="a webhook of another kind"),  # fmt: skip  # noqa: E501
    "alerts-broken": _plant("/api/v2/alerts", {"400": Truth("bad-json", "framework", ("validation-error",))}, "json broken", how="the body is broken JSON"),  # fmt: skip  # noqa: E501
    "write": _plant("/write?db=hooks", {"400": Truth("validation-error", "framework", ("bad-json",)), "404": Truth("entity-not-found", "framework", ("not-found",))}, "json", how="the database of the URL is not there"),  # fmt: skip  # noqa: E501
    "rpc": _plant("/transmission/rpc", {"409": Truth("csrf", "framework", ("session-required",))}, "json", how="the API wants its own session header against CSRF"),  # fmt: skip  # noqa: E501
    "rpc-host": _plant("/transmission/rpc", {status: Truth("host-not-allowed", "framework") for status in ("403", "421")}, "json tunnel-host", how="the API checks Host"),  # fmt: skip  # noqa: E501
    "rpc-json": _plant("/jsonrpc", {"400": Truth("validation-error", "framework", ("missing-field", "malformed-request", "not-found"))}, "json", how="a webhook to a JSON-RPC endpoint"),  # fmt: skip  # noqa: E501
    "rpc-broken": _plant("/jsonrpc", {status: Truth("bad-json", "framework") for status in ("400", "500")}, "json broken", how="broken JSON to a JSON-RPC endpoint"),  # fmt: skip  # noqa: E501
    "rest": _plant("/rest/system/ping", {"403": Truth("csrf", "framework", ("api-key-missing", "auth-required", "session-required"))}, how="the API wants a key or its CSRF token"),  # fmt: skip  # noqa: E501
    "rest-host": _plant("/rest/system/ping", {"403": Truth("host-not-allowed", "framework")}, "tunnel-host", how="the API checks Host"),
    "host-route": _plant("/nowhere", {"404": Truth("host-route-mismatch", "framework", ("not-found",))}, how="no site for this Host"),
    "bosh": _plant("/http-bind", {"404": Truth("host-route-mismatch", "framework", ("not-found",)), "400": Truth("validation-error", "framework", ("bad-json", "malformed-request")), "200": Truth("ok-with-error-body", "framework")}, how="a webhook to a BOSH endpoint"),  # fmt: skip  # noqa: E501
}  # fmt: skip

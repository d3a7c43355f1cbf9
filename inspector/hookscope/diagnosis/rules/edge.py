"""Layers in front of the application: proxies, firewalls, CDNs, hosting platforms, tunnels, and what is behind them."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


@explains(
    "edge.firewall",
    "waf-rule",
    "{who} took the delivery for an attack",
    examples=(
        "ModSecurity answers 403 to SQL in the payload",
        "Cloudflare: Attention Required",
    ),
)
def firewall(case: Case, reading: Reading) -> str:
    """A web application firewall refused the delivery.

    Sees: a firewall's page or header; or a bare refusal of a request that looks like what firewalls refuse.
    Why: your application never saw it, and retrying does not help.
    Do: exempt the webhook's path from the rule; the firewall's log names it.
    """
    return "Exempt the webhook's path from the rule; the firewall's log names its id"


@explains(
    "edge.proxy-rule",
    "proxy-rule-denied",
    "A rule of {who} refuses the delivery",
    examples=(
        "HAProxy: Request forbidden by administrative rules.",
        "nginx: return 403",
    ),
)
def proxy_rule(case: Case, reading: Reading) -> str:
    """A rule in the configuration of the proxy refused.

    Sees: the proxy's own page.
    Why: your application never saw the delivery.
    Do: remove the rule for the webhook's path; where the page is the same for several reasons, `alternatives` lists
    them and
    the proxy's log decides.
    """
    return "Look for the rule in the proxy's configuration and log, and exempt the webhook's path"


@explains(
    "edge.challenge",
    "challenge-page",
    "{who} wants the sender to solve a challenge",
    examples=(
        "Cloudflare: cf-mitigated: challenge, Just a moment...",
        "Vercel Security Checkpoint",
    ),
)
def challenge(case: Case, reading: Reading) -> str:
    """A bot check for browsers stands in front of the webhook.

    Sees: the challenge's header or page.
    Why: a webhook cannot solve it.
    Do: skip the check for the webhook's path.
    """
    return "Skip the bot check for the webhook's path"


@explains(
    "edge.interstitial",
    "interstitial",
    "{who} showed its warning page for browsers",
    severity="warning",
    examples=("ngrok's ERR_NGROK_6024",),
)
def interstitial(case: Case, reading: Reading) -> str:
    """A tunnel's reminder page answered in place of the application.

    Sees: the page's header or text, often with status 200.
    Why: the delivery was not handled. Such pages are shown to browser-like agents only.
    Do: send the header that skips it, or use another User-Agent; providers are not affected.
    """
    return (
        "Send the header that skips the page (ngrok-skip-browser-warning, bypass-tunnel-reminder); providers do not"
        " see it"
    )


@explains(
    "edge.deployment-protection",
    "deployment-protection",
    "{who} protects this deployment against strangers",
    examples=("Vercel answers 401 Authentication Required with _vercel_sso_nonce",),
)
def deployment_protection(case: Case, reading: Reading) -> str:
    """A hosting platform protects preview deployments with its own login.

    Sees: the platform's page, cookie or header.
    Why: webhooks cannot log in; the application never saw the delivery.
    Do: turn the protection off for the path, or put the platform's bypass secret into the URL.
    """
    return (
        "Turn deployment protection off, or add the bypass parameter (Vercel: x-vercel-protection-bypass) to the"
        " webhook URL"
    )


@explains(
    "edge.upstream-down",
    "upstream-down",
    "{who} cannot reach the application behind it",
    examples=(
        "nginx answers 502 Bad Gateway",
        "HAProxy answers 503",
    ),
)
def upstream_down(case: Case, reading: Reading) -> str:
    """The proxy's backend refuses connections, or none is healthy.

    Sees: the proxy's page for it.
    Why: the application is not running, or the proxy points at another port.
    Do: start the application, or correct the address in the proxy's configuration.
    """
    return "Start the application, or correct its address in the proxy's configuration; the error log says which"


@explains(
    "edge.upstream-timeout",
    "upstream-timeout",
    "The application behind {who} did not answer in time",
    examples=("nginx answers 504 Gateway Time-out",),
)
def upstream_timeout(case: Case, reading: Reading) -> str:
    """The proxy waited and gave up.

    Sees: the proxy's page for it, after a whole number of seconds.
    Why: the sender will retry while the first attempt may still be running.
    Do: answer first and work later, or raise the proxy's limit.
    """
    return "Answer first and work later, or raise the proxy's timeout"


@explains(
    "edge.upstream-bad-response",
    "upstream-bad-response",
    "{who} got no valid answer from the application behind it",
    examples=("Apache httpd: Error reading from remote server",),
)
def upstream_bad_response(case: Case, reading: Reading) -> str:
    """The backend closed the connection or spoke another protocol.

    Sees: the proxy's page for it.
    Why: the application crashed in the middle, or the proxy points at a port that is not HTTP.
    Do: read the application's log.
    """
    return "Read the application's log: it crashed, or the port is not HTTP"


@explains(
    "edge.upstream-tls",
    "upstream-tls-mismatch",
    "{who} and the application disagree about TLS",
    examples=("proxy_pass http:// to a TLS port",),
)
def upstream_tls(case: Case, reading: Reading) -> str:
    """The proxy speaks TLS to a plain port, or plain HTTP to a TLS port.

    Sees: a proxy's page about it.
    Why: no request gets through.
    Do: use https:// or http:// in the proxy's configuration as the application does.
    """
    return "Use the scheme in the proxy's configuration that the application speaks"


@explains(
    "edge.rate-limited",
    "rate-limited",
    "{who} limits the rate of {calls}",
    examples=(
        "429 with Retry-After: 60",
        "mod_evasive answers 403",
    ),
)
def rate_limited(case: Case, reading: Reading) -> str:
    """Too many requests in a short time.

    Sees: a 429, or the form of a limiter that uses 403 or 503.
    Why: providers retry with their own schedule; few honour Retry-After.
    Do: exempt the webhook's path from the limit, or wait for Retry-After; a provider's API limits the handler's own
    calls to it.
    """
    return "Exempt the webhook's path from the limit, or wait for Retry-After"


@explains(
    "edge.maintenance",
    "maintenance",
    "{who} is in maintenance",
    examples=(
        "Laravel after `php artisan down`",
        "nginx: return 503",
    ),
)
def maintenance(case: Case, reading: Reading) -> str:
    """Maintenance mode is on.

    Sees: a 503 page of a framework or proxy for it.
    Why: providers retry later; some disable a subscription after days.
    Do: take the application out of maintenance, or let the webhook's path through.
    """
    return "Take the application out of maintenance mode, or let the webhook's path through"


@explains(
    "edge.overloaded",
    "overloaded",
    "{who} has too much in hand",
    examples=("uvicorn --limit-concurrency answers 503",),
)
def overloaded(case: Case, reading: Reading) -> str:
    """A server or limiter refuses because of load.

    Sees: a 503 with the server's words.
    Why: the sender will retry, which adds load.
    Do: raise the limit, or answer sooner.
    """
    return "Raise the limit on concurrent requests, or answer sooner"


@explains(
    "edge.tunnel-down",
    "tunnel-down",
    "{who} has no application attached",
    examples=(
        "ngrok: ERR_NGROK_3200",
        "Cloudflare: error 1033",
    ),
)
def tunnel_down(case: Case, reading: Reading) -> str:
    """A tunnel's public end answered, because nothing is connected to it.

    Sees: the tunnel's page, header or error code.
    Why: the delivery reached nobody.
    Do: start the tunnel's client.
    """
    return "Start the tunnel's client"


RULES: tuple[Rule, ...] = (
    firewall,
    proxy_rule,
    challenge,
    interstitial,
    deployment_protection,
    upstream_down,
    upstream_timeout,
    upstream_bad_response,
    upstream_tls,
    rate_limited,
    maintenance,
    overloaded,
    tunnel_down,
)

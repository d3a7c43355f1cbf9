"""The Host header and where the request came from: allow-lists, virtual hosts, addresses, agents."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains, watches
from hookscope.model.finding import Evidence, Finding


@explains(
    "host.not-allowed",
    "host-not-allowed",
    "{who} does not allow the host {host}",
    examples=("Vite: Blocked request. This host is not allowed.", "Django: DisallowedHost", "Rails: Blocked hosts"),
)
def not_allowed(case: Case, reading: Reading) -> str:
    """The application checks Host against a list, and this host is not in it.

    Sees: the refusal of a dev server's or framework's host check.
    Why: the check is against DNS rebinding; a tunnel's public name is unknown to it.
    Do: add the name to the list, or let hookscope send Host: localhost (its default).
    """
    return "Add the host to the application's list of allowed hosts, or let hookscope rewrite Host (do not preserve it)"


@explains(
    "host.no-such-site",
    "host-route-mismatch",
    "{who} has no site for the host {host}",
    examples=("nginx' default server answers 404", "Caddy answers an empty 200 for a host that it does not know"),
)
def no_such_site(case: Case, reading: Reading) -> str:
    """Requests are routed by host, and this host leads to the default site.

    Sees: a bare 404, an empty 200 or a closed connection for a public host.
    Why: the site that has the webhook answers under another name.
    Do: let hookscope rewrite Host, or give HANDLER with the name that the server knows.
    """
    return "Let hookscope rewrite Host, or give HANDLER with a host name that the server knows"


@explains(
    "host.address-denied",
    "ip-denied",
    "{who} refuses the sender's address",
    examples=("nginx' deny all", "A handler answers 403 `IP not allowed`"),
)
def address_denied(case: Case, reading: Reading) -> str:
    """An allow-list of addresses is in front of the webhook.

    Sees: the words of a refusal by address; or a bare 403 of a proxy, which has several possible reasons.
    Why: through a tunnel every request comes from this machine; the provider's address is in X-Forwarded-For.
    Do: allow 127.0.0.1, trust X-Forwarded-For, or take the list off in development.
    """
    return (
        "Through a tunnel requests come from 127.0.0.1: allow it, trust X-Forwarded-For, or take the rule off this path"
    )


@explains(
    "host.user-agent-denied",
    "user-agent-denied",
    "{who} refuses the sender's User-Agent",
    examples=("A proxy rule against unknown agents answers 403",),
)
def user_agent_denied(case: Case, reading: Reading) -> str:
    """A rule on the User-Agent refused.

    Sees: words about the agent or browser, Cloudflare's error 1010.
    Why: providers send agents of their own that block-lists take for bots.
    Do: allow the provider's User-Agent on the webhook's path.
    """
    return f"Allow this User-Agent on the webhook's path: {case.request.get('user-agent')[:80] or '(none)'}"


@explains(
    "host.referer-denied",
    "referer-denied",
    "{who} refuses the Referer",
    examples=("nginx' valid_referers answers 403",),
)
def referer_denied(case: Case, reading: Reading) -> str:
    """A rule on the Referer refused.

    Sees: a bare 403 of a proxy for a request that has a Referer.
    Why: hot-link protection applies to the webhook's path.
    Do: allow requests without a known Referer there.
    """
    return "Allow requests without a known Referer on the webhook's path"


@watches(
    "host.forwarded-headers",
    "headers-changed-in-forwarding",
    examples=("A redirect to https while --no-forwarded is in use",),
    needs=needs.hidden_forwarding,
)
def forwarded_headers(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """X-Forwarded-* is off, and the answer is one that those headers would change.

    Sees: an https or host redirect, or a host refusal, while `--no-forwarded` is in use.
    Why: without them the application cannot know how the sender called.
    Do: leave `--no-forwarded` off.
    """
    if (
        case.forwarded_headers
        or reading is None
        or reading.cause not in {"https-redirect", "canonical-host-redirect", "ip-denied"}
    ):
        return
    yield Finding(
        code="host.forwarded-headers",
        severity="warning",
        cause="headers-changed-in-forwarding",
        layer="tunnel",
        title="X-Forwarded-* headers are off, and this answer depends on them",
        hint="Leave --no-forwarded off",
        evidence=(Evidence("--no-forwarded is in use", "attempt"),),
        confidence=0.7,
    )


@watches(
    "host.wrong-process",
    "wrong-environment",
    examples=("Server: AirTunes: macOS' AirPlay Receiver owns port 5000",),
    needs=needs.airplay,
)
def wrong_process(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A system service, not the application, owns the port.

    Sees: Server: AirTunes, which macOS' AirPlay Receiver sends on ports 5000 and 7000.
    Why: the application could not bind the port, or listens on another address.
    Do: use another port, or turn AirPlay Receiver off.
    """
    answer = case.answer
    if answer is None or "airtunes" not in answer.get("server").lower():
        return
    spelt = f"answer.headers.{answer.spelt('server')}"
    yield Finding(
        code="host.wrong-process",
        severity="error",
        cause="wrong-environment",
        layer="transport",
        product="AirPlay Receiver",
        title="macOS' AirPlay Receiver answered: it owns this port, not your application",
        hint="Use another port than 5000 or 7000, or turn AirPlay Receiver off in System Settings",
        evidence=(Evidence(f"Server: {answer.get('server')[:60]}", spelt, 0, len(answer.get("server"))),),
    )


RULES: tuple[Rule, ...] = (
    not_allowed,
    no_such_site,
    address_denied,
    user_agent_denied,
    referer_denied,
    forwarded_headers,
    wrong_process,
)

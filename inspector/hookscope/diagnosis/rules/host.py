"""The Host header and where the request came from: allow-lists, virtual hosts, addresses, agents."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains, watches
from hookscope.model.finding import Evidence, Finding


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
    *explained("host"),
    user_agent_denied,
    forwarded_headers,
    wrong_process,
)

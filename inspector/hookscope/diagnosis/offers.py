"""Which probe tells apart what an answer leaves open: its name, as `hookscope probe --only` takes it,
by the causes and the status."""

from __future__ import annotations

from collections.abc import Iterable

PROBES: tuple[tuple[range, dict[str, str]], ...] = (
    (
        range(400, 404),
        {
            "signature-missing": "again",
            "signature-rejected": "re-serialised",
            "host-not-allowed": "preserved-host",
            "host-route-mismatch": "preserved-host",
            "ip-denied": "direct",
            "proxy-rule-denied": "direct",
        },
    ),
    (
        range(400, 401),
        {"validation-error": "content-type", "bad-json": "content-type", "missing-field": "content-type"},
    ),
    (range(403, 404), {"csrf": "without-cookies", "session-required": "without-cookies"}),
    (
        range(404, 406),
        {"trailing-slash-mismatch": "other-slash", "method-not-allowed": "options", "static-post": "options"},
    ),
    (range(404, 405), {"host-route-mismatch": "preserved-host"}),
    (range(415, 416), {"unsupported-media-type": "content-type"}),
    (range(422, 423), {"validation-error": "content-type", "missing-field": "content-type"}),
    (
        range(500, 600),
        {
            "app-exception": "content-type",
            "unsupported-media-type": "content-type",
            "upstream-down": "direct",
            "upstream-timeout": "direct",
            "upstream-bad-response": "direct",
        },
    ),
)
"""What each probe is for; the probes of a status are those that `hookscope probe` would make for it."""


def offered(status: int, causes: Iterable[str]) -> tuple[str, ...]:
    """The probes that tell one of these causes from the others, at most three, in the causes' order."""
    told = {cause: probe for statuses, probes in PROBES if status in statuses for cause, probe in probes.items()}
    return tuple(dict.fromkeys(told[cause] for cause in causes if cause in told))[:3]

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.from_capture import policy_of
from hookscope.diagnosis.rules.request import upgrade
from hookscope.model.capture import Origin
from hookscope.model.finding import Finding
from hookscope.providers.registry import load_providers

Find = Callable[..., Finding | None]

TEXT = (("Content-Type", "text/plain"),)
JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("request.content-type", {"sent_headers": TEXT}),
        ("request.content-type", {"sent_headers": ()}),
        ("request.content-type", {"sent": b"a=b&c=d", "sent_headers": JSON}),
        ("request.invalid-json", {"sent": b'{"type": "page.created", '}),
        ("request.invalid-json", {"sent": b'{"a": "\xff"}'}),
        ("request.charset", {"sent_headers": (("Content-Type", "application/json; charset=iso-8859-1"),)}),
        ("request.charset", {"sent": b"caf\xe9", "sent_headers": (("Content-Type", "text/plain; charset=utf-8"),)}),
        ("request.encoding", {"sent": b"\x1f\x8b", "sent_headers": (*JSON, ("Content-Encoding", "gzip"))}),
        ("request.sender", {"provider": "github", "sent_headers": (*JSON, ("User-Agent", "curl/8.5"))}),
        ("request.browser", {"sent_headers": (("User-Agent", "Mozilla/5.0"), ("Sec-Fetch-Mode", "navigate"))}),
        ("request.method", {"provider": "notion", "method": "PUT"}),
    ],
)
def test_a_problem_is_information_where_the_handler_accepted_and_may_be_louder_where_not(
    find: Find, code: str, values: dict[str, Any]
) -> None:
    accepted, refused = find(code, 200, b"ok", **values), find(code, 400, b"no", **values)
    assert accepted is not None
    assert refused is not None
    assert accepted.severity == "info"
    assert refused.layer == "sender"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"sent": b""},
        {"sent": b"a=b", "sent_headers": (("Content-Type", "application/x-www-form-urlencoded"),)},
        {"sent_headers": (("Content-Type", "application/vnd.api+json; charset=utf-8"),)},
        {"sent": b'{"a":', "sent_headers": (*JSON, ("Content-Length", "500"))},
        {"sent": b'7\r\n{"a":1}\r\n0\r\n\r\n', "sent_headers": (*JSON, ("Transfer-Encoding", "chunked"))},
        {"provider": "github", "sent_headers": (*JSON, ("User-Agent", "GitHub-Hookshot/044aadd"))},
    ],
)
def test_a_sound_request_has_no_problem(
    findings_of: Callable[..., tuple[Finding, ...]], values: dict[str, Any]
) -> None:
    assert not [finding for finding in findings_of(200, b"ok", **values) if finding.code.startswith("request.")]


WEBSOCKET = (("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket"))


@pytest.mark.parametrize(
    ("asked", "status", "origin", "severity"),
    [
        (WEBSOCKET, 101, "live", ""),
        (WEBSOCKET, 404, "live", ""),
        (WEBSOCKET, None, "live", "warning"),
        (WEBSOCKET, 400, "replay", "info"),
        ((("Connection", "Upgrade"), ("Upgrade", "h2c")), 200, "live", "info"),
        ((), 200, "live", ""),
    ],
)
def test_an_upgrade_that_does_not_happen_is_told(
    make_case: Callable[..., Case], asked: Any, status: int | None, origin: Origin, severity: str
) -> None:
    case = make_case(status, b"", sent_headers=asked, method="GET")
    if case.attempt is not None:
        case = replace(case, attempt=replace(case.attempt, origin=origin))
    found = [finding.severity for finding in upgrade.look(case, None) if upgrade.needs(case)]
    assert found == ([severity] if severity else [])


def test_the_place_of_broken_json_is_exact(find: Find) -> None:
    finding = find("request.invalid-json", 400, sent='{"é": }'.encode())
    assert finding is not None
    assert (finding.evidence[0].place, finding.evidence[0].start) == ("request.body", 7)
    assert finding.severity == "warning"


def test_a_browser_refused_by_the_relay_is_known_for_certain(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    body = b'{"type": "urn:hookscope:problem:browser-refused"}'
    first = findings_of(403, body, (("Hookscope-Answered-By", "relay"),))[0]
    assert (first.code, first.confidence) == ("request.browser-refused", 1.0)


def test_amazons_notifications_are_json_that_is_called_text(find: Find) -> None:
    sent_headers = (("Content-Type", "text/plain; charset=UTF-8"), ("x-amz-sns-message-type", "Notification"))
    assert find("request.content-type", 400, b"no", sent_headers=sent_headers) is None


@pytest.mark.parametrize(
    ("agent", "told"), [("GitHub-Hookshot/abc1234", False), ("Go-http-client/2.0", True), ("something/1", True)]
)
def test_a_sender_is_known_by_the_agents_of_its_provider(find: Find, agent: str, told: bool) -> None:
    policy = policy_of(load_providers().demand("github"))
    values = {"provider": "github", "policy": policy, "sent_headers": (*JSON, ("User-Agent", agent))}
    assert (find("request.sender", 200, b"ok", **values) is not None) == told


@pytest.mark.parametrize(("method", "told"), [("GET", True), ("POST", False)])
def test_a_browser_that_says_no_more_than_its_name_is_told_on_a_get(find: Any, method: str, told: bool) -> None:
    found = find(
        "request.browser", 404, b"Not Found", method=method, sent=b"", sent_headers=(("User-Agent", "Mozilla/5.0"),)
    )
    assert (found is not None) is told

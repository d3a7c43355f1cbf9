from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case, Earlier, Policy, Settlement
from hookscope.diagnosis.registry import WATCHERS
from hookscope.model.capture import Failure
from hookscope.model.verdict import Verdict

REFUSED = Failure(kind="refused", detail="")


@pytest.mark.parametrize(
    ("need", "there", "missing"),
    [
        (needs.unsuccessful, {"status": 404}, {"status": 200}),
        (needs.unsuccessful, {"failure": REFUSED}, {}),
        (needs.location, {"status": 302, "headers": (("location", "/"),)}, {"status": 302}),
        (needs.airplay, {"status": 403, "headers": (("Server", "AirTunes/1"),)}, {"status": 403}),
        (needs.bare_answer, {"policy": Policy(bare_answer=True)}, {}),
        (needs.hidden_forwarding, {"forwarded_headers": False}, {}),
        (needs.verified, {"verdict": Verdict(state="verified")}, {"verdict": Verdict(state="rejected")}),
        (needs.rejected, {"verdict": Verdict(state="rejected")}, {"verdict": Verdict(state="verified")}),
        (needs.unchecked, {"verdict": Verdict(state="unsigned")}, {}),
        (
            needs.verified_in_vain,
            {"status": 401, "verdict": Verdict(state="verified")},
            {"status": 200, "verdict": Verdict(state="verified")},
        ),
        (needs.other_than_plain_json, {"sent": b"{"}, {"sent": b"{}"}),
        (needs.json_body, {"sent": b"{}"}, {"sent": b"{"}),
        (needs.settled, {"settled": Settlement()}, {}),
        (needs.limit, {"policy": Policy(limit_ms=1.0)}, {}),
        (needs.failure, {"failure": REFUSED}, {"status": 500}),
        (needs.earlier, {"earlier": (Earlier(),)}, {}),
        (needs.expectation, {"expect_every_s": 1.0}, {}),
        (needs.stored, {"origin": "backlog"}, {}),
        (needs.kept_back, {"kept_back": "x"}, {}),
        (needs.other_secret, {"other_secret": True}, {}),
        (needs.known_sender, {"provider": "github"}, {}),
        (needs.other_method, {"provider": "github", "method": "PUT"}, {"provider": "github"}),
        (needs.browser, {"sent_headers": (("User-Agent", "Mozilla/5.0"),)}, {}),
        (needs.encoded, {"sent_headers": (("Content-Encoding", "gzip"),)}, {}),
    ],
)
def test_a_need_is_there_or_missing(
    make_case: Callable[..., Case], need: needs.Need, there: dict[str, Any], missing: dict[str, Any]
) -> None:
    assert need(make_case(**there))
    assert not need(make_case(**missing))


def test_few_rules_are_asked_always() -> None:
    assert [rule.code for rule in WATCHERS if rule.needs is needs.always] == []

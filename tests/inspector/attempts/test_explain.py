"""What is said of a delivery: who sent it, whether its signature holds, what went wrong."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from factories import NOTION_BODY, make_delivery
from hookscope.attempts.explain import Around, Explainer, Question
from hookscope.diagnosis.case import Earlier
from hookscope.model.capture import Attempt
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import all_providers
from hookscope.secrets.kept import CANDIDATE
from hookscope_relay.delivery import Answer, Delivery

VALUE = b"notion-sekret-of-some-length"


def secret(value: bytes = VALUE, **changes: Any) -> Secret:
    return Secret(**{"value": value, "provider": "notion", "name": "default"} | changes)


def signed(key: bytes = VALUE, body: bytes = NOTION_BODY) -> Delivery:
    signature = "sha256=" + hmac.new(key, NOTION_BODY, hashlib.sha256).hexdigest()
    return make_delivery(headers=(("Host", "r"), ("X-Notion-Signature", signature)), body=body)


class Setting:
    """An explainer, and what it asked to be kept."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, bool]] = []
        self.asked: list[int] = []
        self.before: Sequence[Earlier] = ()
        self._made: list[Explainer] = []

    def make(self, *secrets: Secret, **changes: Any) -> Explainer:
        explainer = Explainer(
            providers=all_providers({}, {}),
            secrets=secrets,
            memory=self,
            keep=self._keep,
            **changes,
        )
        self._made.append(explainer)
        return explainer

    def related(self, recognition: Recognition, number: int) -> Sequence[Earlier]:
        self.asked.append(number)
        return ()

    def recent(self, number: int) -> Sequence[Earlier]:
        return self.before

    def over(self, asked: object) -> Setting:
        return self

    def _keep(self, provider: str, token: str, candidate: bool) -> tuple[Secret, ...]:
        self.kept.append((provider, token, candidate))
        name = f"{CANDIDATE}-1" if candidate else "default"
        return tuple(secret(text.encode(), provider=who, name=name) for who, text, _ in self.kept)

    def close(self) -> None:
        for explainer in self._made:
            explainer.close()


@pytest.fixture
def setting() -> Iterator[Setting]:
    setting = Setting()
    yield setting
    setting.close()


async def state_of(explainer: Explainer, delivery: Delivery) -> str | None:
    explained = await explainer.explain(
        Question(delivery=delivery, number=7, recognition=explainer.recognise(delivery))
    )
    return explained.verdict.state if explained.verdict else None


async def test_a_good_signature_is_verified(setting: Setting) -> None:
    assert await state_of(setting.make(secret()), signed()) == "verified"
    assert setting.asked == [7]


async def test_another_secret_or_body_is_rejected(setting: Setting) -> None:
    explainer = setting.make(secret())
    assert await state_of(explainer, signed(b"another")) == "rejected"
    assert await state_of(explainer, signed(body=NOTION_BODY + b" ")) == "rejected"


async def test_without_a_secret_nothing_can_be_said(setting: Setting) -> None:
    assert await state_of(setting.make(), signed()) == "no-secret"


async def test_a_candidate_proves_nothing(setting: Setting) -> None:
    explainer = setting.make(secret(name=f"{CANDIDATE}-1"))
    assert await state_of(explainer, signed()) == "no-secret"
    assert not explainer.has_secret("notion")


async def test_an_unknown_sender_has_no_verdict(setting: Setting) -> None:
    assert await state_of(setting.make(secret()), make_delivery(headers=(), body=b"hi")) is None


async def test_a_pinned_provider_is_taken_for_the_sender(setting: Setting) -> None:
    explainer = setting.make(pinned="github")
    assert explainer.recognise(make_delivery(headers=(), body=b"hi")).provider == "github"


async def test_a_rule_that_is_silenced_says_nothing(setting: Setting) -> None:
    delivery = make_delivery(headers=(), body=b"hi")
    answer = Answer(status=500, body=b"Traceback (most recent call last):")
    attempt = Attempt(number=1, origin="live", handler_url="http://h/", started_at=0, answer=answer)
    loud = await setting.make().explain(
        Question(delivery=delivery, number=1, recognition=Recognition(), attempt=attempt)
    )
    assert loud.findings
    code = loud.findings[0].code
    quiet = await setting.make(silenced=(code,)).explain(
        Question(delivery=delivery, number=1, recognition=Recognition(), attempt=attempt)
    )
    assert code not in [finding.code for finding in quiet.findings]


async def test_a_run_of_refusals_is_told_of_whatever_the_events_were(setting: Setting) -> None:
    delivery = signed()
    setting.before = [Earlier(number=n, received_at=delivery.received_at - 9 + n, status=403) for n in range(1, 9)]
    explainer = setting.make()
    for status, elapsed, spike in ((403, 5.0, True), (200, 5.0, False)):
        attempt = Attempt(
            number=1,
            origin="live",
            handler_url="http://h/",
            started_at=0,
            elapsed_ms=elapsed,
            answer=Answer(status=status),
        )
        explained = await explainer.explain(
            Question(delivery=delivery, number=9, recognition=explainer.recognise(delivery), attempt=attempt)
        )
        assert ("delivery.failure-spike" in [finding.code for finding in explained.findings]) == spike


def test_the_first_token_is_kept_and_the_next_stands_beside_it(setting: Setting) -> None:
    explainer = setting.make()
    assert explainer.keep_secret("notion", "one") == "kept"
    assert explainer.has_secret("notion")
    assert explainer.keep_secret("notion", "one") == "kept"
    assert explainer.keep_secret("notion", "two") == "candidate"
    assert setting.kept == [("notion", "one", False), ("notion", "two", True)]


def test_an_ordinary_delivery_is_no_handshake(setting: Setting) -> None:
    explainer = setting.make()
    for delivery in (signed(), make_delivery(headers=(), body=b"hi")):
        assert explainer.answer_handshake(delivery, explainer.recognise(delivery)) is None


@pytest.mark.parametrize(("known", "told"), [((), False), ((VALUE,), False), ((b"another",), True)])
async def test_a_token_beside_a_kept_one_is_a_finding(setting: Setting, known: tuple[bytes, ...], told: bool) -> None:
    explainer = setting.make(*(secret(value) for value in known))
    delivery = make_delivery(
        headers=(("Content-Type", "application/json"), ("User-Agent", "notion-api")),
        body=b'{"verification_token":"' + VALUE + b'"}',
    )
    explained = await explainer.explain(
        Question(delivery=delivery, number=1, recognition=explainer.recognise(delivery))
    )
    assert ("payload.second-token" in {finding.code for finding in explained.findings}) == told


async def test_a_handshake_that_came_while_nobody_listened_must_be_asked_for_again(setting: Setting) -> None:
    explainer = setting.make()
    delivery = make_delivery(
        headers=(("Content-Type", "application/json"),),
        body=b'{"type":"url_verification","challenge":"3eZ","token":"x"}',
    )
    around = Around(origin="backlog", owed=True)
    explained = await explainer.explain(
        Question(delivery=delivery, number=1, recognition=explainer.recognise(delivery), around=around)
    )
    (found,) = [finding for finding in explained.findings if finding.code == "delivery.backlog"]
    assert (found.severity, "resend" in found.hint) == ("warning", True)


async def test_a_handler_cannot_speak_for_hookscope(setting: Setting) -> None:
    answer = Answer(status=200, reason="OK", headers=(("Hookscope-Answered-By", "relay"),), body=b"")
    attempt = Attempt(number=1, origin="live", handler_url="http://h/", started_at=0, answer=answer)
    delivery = make_delivery()
    explained = await setting.make().explain(
        Question(delivery=delivery, number=1, recognition=Recognition(), attempt=attempt)
    )
    assert {finding.layer for finding in explained.findings} & {"relay", "inspector"} == set()

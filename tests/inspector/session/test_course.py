"""Who answers a sender; over a session: test_pipeline.py and test_front_desk.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import MadeAnswer
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import parse_handler
from hookscope.model.senders import parse_senders
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import load_providers
from hookscope.session.course import Courses
from hookscope.session.terms import BREAKPOINT_S, Forwarding
from hookscope.store.captures import CaptureStore
from hookscope.tools.routes.open import Leg, Routing
from hookscope.tools.routes.rule import RouteRule
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.probe import BODY, probe_headers
from hookscope_relay.keys.endpoint_key import EndpointKey

Make = Callable[..., Courses]
WAITING = Arrival(epoch="a", seq=1, prev=0, id="d", pieces=(), left_ms=1000, answer=True, owed=False)
KEY = EndpointKey(b"k" * 32)
NOBODY_WAITS = Arrival(epoch="a", seq=1, prev=0, id="d", pieces=(), left_ms=0, answer=False, owed=True)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    store = CaptureStore.open(tmp_path / "captures.db")
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    attempts = Attempts(store=store, explainer=explainer, emit=lambda _: None)

    def courses(handler: str = "3000/in", **forwarding: Any) -> Courses:
        return Courses(
            key=KEY,
            handshakes=explainer,
            attempts=attempts,
            forwarder=Forwarder(parse_handler(handler)) if handler else None,
            forwarding=Forwarding(**forwarding),
        )

    yield courses
    explainer.close()
    store.close()


def test_the_handler_answers_who_waits_and_the_attempt_is_planned(make: Make) -> None:
    course = make().choose(WAITING, make_delivery(target="/x?y"), Recognition())
    assert isinstance(course, Handover)
    assert course.request.target == "/in/x?y"
    assert course.attempt.handler_url == "http://localhost:3000/in/x?y"
    assert (course.attempt.number, course.attempt.request) == (0, None)


def test_our_own_probe_goes_to_no_handler(make: Make) -> None:
    course = make().choose(WAITING, make_delivery(body=BODY, headers=probe_headers(KEY)), Recognition())
    assert isinstance(course, MadeAnswer)
    assert (course.answer.status, course.is_held) == (200, False)


@pytest.mark.parametrize(
    ("handler", "options", "state", "target", "status", "held"),
    [
        ("", {}, {}, "/x", 200, False),
        ("", {}, {"paused": True}, "/x", 200, False),
        ("3000", {}, {"paused": True}, "/x", 202, True),
        ("3000", {"only_path": "/hooks"}, {}, "/admin", 404, False),
        ("3000", {"only_path": "/hooks"}, {"paused": True}, "/admin", 202, True),
        ("3000", {"only_from": parse_senders(["192.0.2.0/24"])}, {}, "/x", 404, False),
        ("3000/in", {}, {}, "/../admin", 404, False),
        ("3000", {}, {"stopping": True}, "/x", 503, False),
        ("3000", {}, {"stopping": True, "paused": True}, "/x", 503, False),
        ("", {}, {"stopping": True}, "/x", 503, False),
    ],
)
def test_we_answer_in_the_handlers_place(
    make: Make, handler: str, options: dict[str, Any], state: dict[str, bool], target: str, status: int, held: bool
) -> None:
    courses = make(handler, **options)
    for name, value in state.items():
        setattr(courses, name, value)
    course = courses.choose(WAITING, make_delivery(target=target), Recognition())
    assert isinstance(course, MadeAnswer)
    assert (course.answer.status, course.is_held) == (status, held)


def test_what_nobody_waits_for_is_only_kept(make: Make) -> None:
    assert make().choose(NOBODY_WAITS, make_delivery(), Recognition()) is None


ANOTHERS = replace(WAITING, answer=False, is_new=True)


COPIES = {
    "what another answers": (ANOTHERS, {}, {}, True),
    "what it has answered already": (replace(ANOTHERS, left_ms=0), {}, {}, True),
    "not what came before": (replace(ANOTHERS, left_ms=0, is_new=False), {}, {}, False),
    "not unless asked for": (ANOTHERS, {"share": False}, {}, False),
    "not while this session answers": (ANOTHERS, {}, {"watching": False}, False),
    "not while it is paused": (ANOTHERS, {}, {"paused": True}, False),
    "not while it ends": (ANOTHERS, {}, {"stopping": True}, False),
    "not without a handler": (ANOTHERS, {"handler": ""}, {}, False),
    "not at a path that is kept back": (ANOTHERS, {"only_path": "/in/elsewhere"}, {}, False),
}


@pytest.mark.parametrize(("arrival", "forwarding", "now", "is_copied"), COPIES.values(), ids=COPIES)
def test_the_handler_of_one_that_shares_gets_a_copy(make: Make, arrival, forwarding, now, is_copied) -> None:
    courses = make(**{"share": True} | forwarding)
    for name, value in ({"watching": True} | now).items():
        setattr(courses, name, value)
    course = courses.choose(arrival, make_delivery(target="/x"), Recognition())
    assert (course is not None) is is_copied
    if isinstance(course, Handover):
        assert (course.attempt.is_copy, course.attempt.origin, course.limit_s) == (True, "live", BREAKPOINT_S)


def test_what_this_session_is_to_answer_is_no_copy_whatever_was_told_last(make: Make) -> None:
    courses = make(share=True)
    courses.watching = True
    course = courses.choose(WAITING, make_delivery(), Recognition())
    assert isinstance(course, Handover)
    assert not course.attempt.is_copy


def test_the_headers_that_the_user_sets_are_known_by_their_route(make: Make) -> None:
    courses = make()
    assert courses.headers_set("a") == ()
    handler, own = parse_handler("3000"), (("X-Env", "dev"),)
    legs = [Leg(RouteRule(name="a", handler=handler, set_headers=own), Forwarder(handler))]
    courses.routing = Routing(legs, lambda: None)
    assert (courses.headers_set("a"), courses.headers_set("gone")) == (own, ())

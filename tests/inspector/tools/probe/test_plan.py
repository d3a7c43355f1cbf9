from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.tools.probe.plan import Situation, build_plan
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError

NOTION = load_providers().demand("notion")
SECRETS = (Secret("notion", "default", "s1"), Secret("notion", "old", "s2"))


def situation(status=0, *, failure="", secrets=SECRETS, direct="", **changes):
    answer = Answer(status=status) if status else None
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url="http://localhost:3000/hook",
        started_at=NOW,
        answer=answer,
        failure=Failure(kind=failure) if failure else None,
    )
    capture = Capture(delivery=make_delivery(**changes), attempts=(attempt,))
    return Situation(capture=capture, provider=NOTION, secrets=secrets, direct=direct)


def names(found):
    return list(dict.fromkeys(probe.name for probe in found))


CASES = (
    (301, ["again", "other-slash", "preserved-host", "browser-accept"]),
    (401, ["again", "other-secret", "re-serialised", "misread", "preserved-host"]),
    (403, ["again", "browser-accept", "preserved-host", "other-secret", "re-serialised", "misread"]),
    (404, ["again", "other-slash", "preserved-host", "options"]),
    (405, ["again", "options", "other-slash"]),
    (415, ["again", "content-type", "re-serialised", "misread", "other-secret", "preserved-host"]),
    (500, ["again", "content-type", "re-serialised", "preserved-host"]),
)


@pytest.mark.parametrize(("status", "wanted"), CASES)
def test_the_answer_decides_what_is_asked(status, wanted):
    assert names(build_plan(situation(status))) == wanted


def test_an_answer_that_never_came_asks_for_the_app_itself():
    assert names(build_plan(situation(failure="timeout", direct="4000"))) == ["again", "direct", "preserved-host"]


def test_cookies_are_left_off_where_there_are_some():
    assert "without-cookies" in names(build_plan(situation(403, headers=(("Cookie", "a=1"),))))


def test_every_other_secret_is_tried_and_shown_by_its_fingerprint():
    probes = [probe for probe in build_plan(situation(401)) if probe.name == "other-secret"]
    assert [probe.secret for probe in probes] == [SECRETS[1]]
    assert SECRETS[1].fingerprint in probes[0].title


def test_without_a_secret_nothing_is_signed():
    assert names(build_plan(situation(401, secrets=()))) == ["again", "preserved-host"]


SLASHES = (
    ("", "/"),
    ("/", ""),
    ("/a", "/a/"),
    ("/a/", "/a"),
    ("/a?x=1", "/a/?x=1"),
    ("?x=1", "/?x=1"),
    ("/?x=1", "?x=1"),
)


@pytest.mark.parametrize(("target", "other"), SLASHES)
def test_the_other_slash_keeps_the_query(target, other):
    (probe,) = [probe for probe in build_plan(situation(404, target=target)) if probe.name == "other-slash"]
    assert probe.edits.path == other


def test_an_accepted_capture_has_nothing_to_tell_apart():
    with pytest.raises(InputError, match="accepted"):
        build_plan(situation(200))
    assert names(build_plan(situation(200), ("options",))) == ["again", "options"]


def test_an_unknown_probe_is_refused():
    with pytest.raises(InputError, match="no probe 'slash'"):
        build_plan(situation(404), ("slash",))


def test_titles_are_inert():
    for probe in build_plan(situation(404, target="/\x1b[31m", headers=(("Host", "\x1b]0;x\x07"),))):
        assert "\x1b" not in probe.title

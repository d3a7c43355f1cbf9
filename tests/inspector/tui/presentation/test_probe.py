from __future__ import annotations

from hookscope.model.capture import Attempt
from hookscope.tools.probe.probe import Conclusion, Probe, ProbeOutcome
from hookscope.tools.probe.run import Probed
from hookscope.tui.presentation.probe import plan_document, probed_document
from hookscope_relay.delivery import Answer

SLASH = Probe(name="other-slash", title="to /hooks/", tells="whether only a slash is missing")


def attempt(status: int) -> Attempt:
    return Attempt(number=2, origin="probe", handler_url="", started_at=0.0, answer=Answer(status=status))


def test_the_plan_says_what_goes_where_and_what_it_tells() -> None:
    text = plan_document(4, [SLASH], "http://localhost:3000").text(100)
    for part in (
        "Probe #4: 1 re-send to http://localhost:3000",
        "· to /hooks/",
        "tells whether only a slash",
        "y or Enter sends them",
    ):
        assert part in text
    assert "to the handler that had it last" in plan_document(4, [SLASH], "").text(100)


def test_conclusions_come_before_the_outcomes() -> None:
    proved = Conclusion("proved", "only the slash is wrong", ("other-slash",), "give the sender the other URL")
    out = Conclusion("ruled-out", "it is no passing fault", ("again",))
    outcomes = (ProbeOutcome(SLASH, attempt(200), "signed with a key"), ProbeOutcome(SLASH, attempt(404)))
    text = probed_document(4, Probed(outcomes, (proved, out))).text(100)
    assert (
        text.index("✓ proved: only the slash is wrong") < text.index("→ give the sender") < text.index("✓ to /hooks/")
    )
    assert "○ ruled out: it is no passing fault" in text
    assert "✓ to /hooks/  HTTP 200  signed with a key" in text
    assert "✗ to /hooks/  HTTP 404" in text
    assert "Nothing can be concluded" in probed_document(4, Probed((), ())).text()


def test_the_one_cause_that_is_left_has_words_of_its_own() -> None:
    left = Conclusion("left", "your handler has another secret", ("again",), "compare the fingerprints")
    text = probed_document(4, Probed((), (left,))).text(100)
    assert "● what is left: your handler has another secret" in text
    assert "→ compare the fingerprints" in text


def test_what_several_probes_tell_alike_is_said_once() -> None:
    text = plan_document(4, [SLASH, SLASH], "").text(100)
    assert text.count("· to /hooks/") == 2
    assert text.count("tells whether only a slash") == 1

"""What probes proved: each outcome is compared with that of sending the same again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hookscope.model.secret import Secret
from hookscope.text.safe import safe_text
from hookscope.tools.probe.plan import AGAIN, CONTROL, Situation
from hookscope.tools.probe.probe import Conclusion, ProbeOutcome, said
from hookscope_relay.delivery import header


class Meaning(NamedTuple):
    """What it means that a probe was accepted where the same again was not, that it got another answer,
    and that it made no difference."""

    accepted: str
    hint: str
    same: str


# What their being accepted means points at what was sent.
POINTING = frozenset({"other-secret", "misread"})
SIGNATURE_CAUSES = frozenset({"signature-rejected", "handler-check-disagrees"})
MEANINGS: dict[str, Meaning] = {
    "other-slash": Meaning(
        "only the slash at the path's end is wrong",
        "give the sender the other URL: senders follow no redirect",
        "the slash at its end",
    ),
    "without-cookies": Meaning(
        "its cookies are what is refused", "exempt the handler from sessions and CSRF checks", "the cookies"
    ),
    "browser-accept": Meaning(
        "the handler answers by the Accept header", "do not let what the client takes decide", "the Accept header"
    ),
    "preserved-host": Meaning(
        "the handler or a proxy goes by the Host",
        "listen with --preserve-host, or allow the local host's name",
        "the Host",
    ),
    "content-type": Meaning(
        "the content type decides", "read the body whatever type it is declared as", "the content type"
    ),
    "other-secret": Meaning(
        "the handler holds this secret, which is not the one that signs",
        "give the handler the right secret",
        "the other secrets at hand",
    ),
    "re-serialised": Meaning(
        "the handler verifies re-serialised JSON instead of the bytes that came",
        "verify the raw body, before or beside parsing it",
        "re-serialising",
    ),
    "misread": Meaning(
        "the handler computes the signature over that instead of what came",
        "take body and headers as the bytes and texts that came: before parsing, decoding or converting them",
        "signatures of the body as it could be misread",
    ),
    "handler-url": Meaning(
        "the handler verifies for the URL that it sees, not for the one that the provider called",
        "let it build the URL from X-Forwarded-Proto, -Host and -Prefix, or tell it the public URL",
        "signatures for the URL as the handler sees it",
    ),
    "direct": Meaning(
        "the app accepts it: what stands before it refuses",
        "look at the proxy's configuration and log",
        "the way through the proxy",
    ),
}


def conclude(situation: Situation, outcomes: Sequence[ProbeOutcome]) -> tuple[Conclusion, ...]:
    """The conclusions, what is proved first."""
    again = next((outcome for outcome in outcomes if outcome.probe.name == AGAIN), None)
    if again is None:
        return ()
    found = list(_on_again(situation, again))
    control = next((outcome for outcome in outcomes if outcome.probe.name == CONTROL.name), None)
    if control is not None and control.key != again.key:
        found.append(_without_control(again, control))
    elif not again.accepted:
        others = [outcome for outcome in outcomes if outcome.probe.name not in (AGAIN, CONTROL.name, "options")]
        found += [conclusion for outcome in others if (conclusion := _on_change(again, outcome)) is not None]
        found += _ruled_out(again, others)
        if not any(conclusion.proof == "proved" for conclusion in found):
            found += _left(situation, again, others)
    found += [_on_options(outcome) for outcome in outcomes if outcome.probe.name == "options"]
    order = ("proved", "left", "open", "ruled-out")
    return tuple(sorted(found, key=lambda conclusion: order.index(conclusion.proof)))


def _on_again(situation: Situation, again: ProbeOutcome) -> Iterator[Conclusion]:
    before = said(situation.last)
    if again.accepted and again.note:
        text = f"signed anew it is accepted ({again.said}): its own signature was what failed, or the fault has passed"
        yield Conclusion("proved", text, (AGAIN,), "compare `hookscope verify`, and the age of its timestamp")
    elif again.accepted:
        yield Conclusion("proved", f"the same bytes are accepted now ({again.said}): the fault has passed", (AGAIN,))
    elif before == again.said:
        yield Conclusion("ruled-out", f"it is no passing fault: it gets {again.said} again", (AGAIN,))
    else:
        text = f"it gets {again.said} now, and got {before} before: the answer varies"
        yield Conclusion("open", text, (AGAIN,))


def _without_control(again: ProbeOutcome, control: ProbeOutcome) -> Conclusion:
    """Unchanged it gets another answer than before: whatever a probe got may have come of that."""
    text = f"nothing is proved: unchanged it got {again.said} before the probes and {control.said} after them"
    hint = "probe again when the handler answers evenly; look for a limit, a cache or a start that takes long"
    return Conclusion("open", text, (AGAIN, CONTROL.name), hint)


def _on_change(again: ProbeOutcome, outcome: ProbeOutcome) -> Conclusion | None:
    meaning = MEANINGS.get(outcome.probe.name)
    if meaning is None or outcome.key == again.key:
        return None
    told = f"{outcome.probe.title}: {outcome.said} instead of {again.said}"
    if outcome.accepted:
        which = f" ({outcome.probe.title})" if outcome.probe.name in POINTING else ""
        return Conclusion("proved", f"{meaning.accepted}{which}", (outcome.probe.name,), meaning.hint)
    if outcome.attempt.answer is None and outcome.probe.name == "direct":
        return Conclusion("open", f"nothing to conclude from the app's own port ({told})", ("direct",))
    return Conclusion("open", f"another answer, but not accepted either ({told})", (outcome.probe.name,))


def _ruled_out(again: ProbeOutcome, outcomes: Sequence[ProbeOutcome]) -> Iterator[Conclusion]:
    turned = {outcome.probe.name for outcome in outcomes if outcome.key != again.key}
    same = dict.fromkeys(outcome.probe.name for outcome in outcomes if outcome.probe.name not in turned)
    named = [MEANINGS[name].same for name in same if name in MEANINGS]
    if named:
        yield Conclusion("ruled-out", f"these make no difference: {', '.join(named)}", tuple(same))


def _left(situation: Situation, again: ProbeOutcome, outcomes: Sequence[ProbeOutcome]) -> Iterator[Conclusion]:
    """The one known cause that is left of a refused signature: the handler has another secret."""
    refused = again.finding is not None and again.finding.cause in SIGNATURE_CAUSES
    tried = [outcome for outcome in outcomes if outcome.probe.name in ("re-serialised", "misread", "other-secret")]
    if not (refused and again.note and tried) or any(outcome.key != again.key for outcome in outcomes):
        return
    kept = situation.secrets[0]
    text = (
        f"your handler has another secret than the one that signs ({kept.fingerprint}):"
        " nothing else that was tried makes a difference"
    )
    yield Conclusion("left", text, (AGAIN, *dict.fromkeys(one.probe.name for one in tried)), _compare(situation, kept))


def _compare(situation: Situation, kept: Secret) -> str:
    """Which fingerprints to compare: those of the project's `.env` where it has some."""
    if same := [secret for secret in situation.in_env if secret.value == kept.value]:
        name = safe_text(same[0].name[:60])
        return f".env has it as {name} ({kept.fingerprint}): see that the handler reads that variable, and restart it"
    if others := situation.in_env[:3]:
        told = ", ".join(f"{safe_text(secret.name[:60])} ({secret.fingerprint})" for secret in others)
        return f".env has {told}, which is another one: give your handler the secret that signs ({kept.fingerprint})"
    both = "`hookscope secret list --dotenv .env` shows both"
    return f"compare the fingerprints: {both}; the one that signs is {kept.fingerprint}"


def _on_options(outcome: ProbeOutcome) -> Conclusion:
    answer = outcome.attempt.answer
    allowed = header(answer.headers, "allow") if answer else None
    if allowed is None:
        return Conclusion("open", f"OPTIONS tells no methods ({outcome.said})", ("options",))
    takes_post = "POST" in allowed.upper()
    text = f"the path takes {safe_text(allowed[:100])}" + ("" if takes_post else ", and not POST")
    hint = "" if takes_post else "add POST to the route, or give the sender the path that takes it"
    return Conclusion("open" if takes_post else "proved", text, ("options",), hint)

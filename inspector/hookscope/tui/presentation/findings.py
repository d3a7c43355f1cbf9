"""The Findings tab: what a rule says, who produced the answer, the evidence with its bytes marked, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hookscope.diagnosis.cause_words import cause_words
from hookscope.model.answerer import tell_answerer
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Evidence, Finding
from hookscope.model.verdict import Verdict
from hookscope.model.verdict_words import tell_mistake, tell_reason
from hookscope.tools.redaction.mask import mask, mask_evidence
from hookscope.tui.canvas.document import Document, Prose
from hookscope.tui.canvas.line import Line, Span, line, said
from hookscope.tui.engine.proof import Proof
from hookscope.tui.presentation.units import SEVERITY_SIGNS, outcome, render_elapsed
from hookscope_relay.delivery import Headers, header

VERDICT_WORDS: dict[str, tuple[Span, str]] = {
    "verified": (("✓ signature verified", "ok"), ""),
    "rejected": (("✗ signature does not verify", "bad"), ""),
    "unsigned": (("! not signed", "warn"), ""),
    "no-secret": (("○ signature not checked", "dim"), "no signing secret is known for this provider"),
}
EXCERPT = 240
MOST_CAUSES = 3
# Said of what is in order; on the screen it would stand there several times.
NOTHING_TO_DO = "Nothing to do"
CONTEXT = 40
# A shorter text may stand in a sentence by chance.
LEAST_TOLD = 4


@dataclass(frozen=True, slots=True)
class Offers:
    """What keys do about what was found: the re-send that would prove it, and the public URL to register."""

    proof: Proof | None = None
    url_to_register: str = ""


NO_OFFERS = Offers()


def findings_document(
    capture: Capture,
    attempt: Attempt | None,
    findings: Sequence[Finding],
    verdict: Verdict | None = None,
    offers: Offers = NO_OFFERS,
    beside: str = "",
) -> Document:
    """What is to be said about a delivery and one attempt, what is proved and then the worst first; `offers` is what
    keys do about it, `beside` what was tried besides."""
    head = (*_outcome_lines(attempt), *_beside_lines(beside), *_verdict_lines(verdict, findings))
    blocks = [Prose((*head, *_act_lines(attempt, offers), Line()))]
    blocks += [Prose(tuple(_finding_lines(finding, capture, attempt))) for finding in findings]
    if not findings:
        blocks.append(Prose((line(("No rule has anything to say about it.", "dim")),)))
    return Document(tuple(blocks))


def excerpt(evidence: Evidence, capture: Capture, attempt: Attempt | None) -> Line | None:
    """The place that the evidence names, with the bytes that it means marked; None where the place holds no text."""
    found = _place(evidence.place, capture, attempt)
    if not found:
        return None
    start, end = (evidence.start, evidence.end) if evidence.end else (0, 0)
    first = max(0, start - CONTEXT)
    last = min(len(found), max(end + CONTEXT, first + EXCERPT))
    before, marked, behind = found[first:start], found[start:end], found[end if end else first : last]
    parts: list[Span] = [("…" if first else "", "dim"), (_text(before), "")]
    parts += [(f"▶{_text(marked)}◀", "mark")] if marked else []
    parts += [(_text(behind), ""), ("…" if last < len(found) else "", "dim")]
    return line(("  ┃ ", "dim"), *parts, indent=4, hard=True)


def _outcome_lines(attempt: Attempt | None) -> Iterator[Line]:
    if attempt is None:
        yield line(("○ kept, not handed to a handler", "dim"))
        return
    if attempt.answer is None and attempt.failure is None:
        yield line(("… running; its outcome is not known", "dim"))
        return
    failure = attempt.failure.kind if attempt.failure else ""
    status = attempt.answer.status if attempt.answer else None
    shown = outcome(status, failure)
    reason = (
        said(attempt.answer.reason, 80)
        if attempt.answer
        else said(attempt.failure.detail, 200)
        if attempt.failure
        else ""
    )
    took = f"in {render_elapsed(attempt.elapsed_ms)}, attempt {attempt.number}"
    yield line((f"{shown.sign} {shown.word}", shown.role), " ", (reason, "strong"), "  ", (took, "dim"))


def _beside_lines(beside: str) -> Iterator[Line]:
    """What else it was answered, and how to look at that."""
    if beside:
        told: Span = (said(beside, 300), "accent")
        yield line(told, ("  [ ", "mark"), ("and", "dim"), (" ]", "mark"), (" turn to the attempts", "dim"), indent=2)


def _act_lines(attempt: Attempt | None, offers: Offers) -> Iterator[Line]:
    """What a key does about it."""
    if offers.url_to_register:
        yield line(("u", "mark"), (" copies the URL to register", "dim"), indent=2)
    if offers.proof is not None:
        yield line(("v", "mark"), (f" {said(offers.proof.words, 300)}, to prove it", "dim"), indent=2)
    elif attempt is not None and not 200 <= (attempt.answer.status if attempt.answer else 0) < 300:
        yield line(("p", "mark"), (" probes why; ", "dim"), ("r", "mark"), (" hands it over again", "dim"), indent=2)


def _verdict_lines(verdict: Verdict | None, findings: Sequence[Finding]) -> Iterator[Line]:
    if verdict is None or verdict.state not in VERDICT_WORDS:
        return
    shown, why = VERDICT_WORDS[verdict.state]
    scheme = " ".join(dict.fromkeys(filter(None, (verdict.provider, verdict.scheme))))
    notes = ", ".join(filter(None, (said(scheme, 80), said(tell_reason(verdict), 200), why)))
    yield line(shown, (f"  {notes}" if notes else "", "dim"), indent=2)
    if any(finding.code.startswith("signature.") for finding in findings):
        return  # it tells the same
    for mistake in verdict.mistakes:
        yield line("  ", (f"likely: {said(tell_mistake(mistake), 400)}", "warn"), indent=4)
        if mistake.fix:
            yield line("  ", said(mistake.fix, 400), indent=4)


def _finding_lines(finding: Finding, capture: Capture, attempt: Attempt | None) -> Iterator[Line]:
    sign, role = SEVERITY_SIGNS[finding.severity]
    answered = attempt is None or attempt.failure is None
    yield line((f"{sign} ", role), (said(finding.title, 600), "strong"), indent=2)
    yield line("  ", (said(tell_answerer(finding, answered), 200), "accent"), indent=2)
    for evidence in finding.evidence:
        yield from _evidence_lines(evidence, capture, attempt)
    if finding.hint and finding.hint != NOTHING_TO_DO:
        yield line(("  → ", "ok"), said(finding.hint, 1000), indent=4)
    if finding.alternatives:
        others = len(finding.alternatives) - MOST_CAUSES
        more = f"; {others} more" if others > 0 else ""
        told = "; ".join(map(cause_words, finding.alternatives[:MOST_CAUSES])) + more
        yield line("  ", (f"it could also be: {said(told, 400)}", "dim"), indent=4)
    if finding.proved:
        yield line("  ", ("✓ proved: ", "ok"), said(finding.proved, 400), indent=4)
    # Of what is only told there is no cause to be sure of.
    sure = "" if finding.severity == "info" or finding.proved else f" · {finding.how_sure}"
    yield line("  ", (f"{finding.code}{sure}", "dim"), indent=2)
    yield Line()


def _evidence_lines(evidence: Evidence, capture: Capture, attempt: Attempt | None) -> Iterator[Line]:
    """What the evidence says, the bytes that it means marked: in its own words where they stand there,
    else below them."""
    text = said(mask_evidence(evidence), 1000)
    found = _place(evidence.place, capture, attempt)
    meant = _text(found[evidence.start : evidence.end]) if evidence.end else ""
    before, is_told, behind = text.rpartition(meant) if meant else ("", "", text)
    if is_told and len(meant) >= LEAST_TOLD:
        yield line("  · ", before, (f"▶{meant}◀", "mark"), behind, indent=4)
        return
    yield line("  · ", text, indent=4)
    if (shown := excerpt(evidence, capture, attempt)) is not None:
        yield shown


def _text(data: bytes) -> str:
    return said(data.decode("utf-8", "surrogateescape"), EXCERPT * 2)


def _place(place: str, capture: Capture, attempt: Attempt | None) -> bytes:
    """The bytes of a place such as `answer.headers.Location`; none where it is no text of its own, or a credential."""
    side, _, rest = place.partition(".")
    message: tuple[Headers, bytes] | None = None
    if side == "request":
        message = capture.delivery.headers, capture.delivery.body
    elif side == "answer" and attempt is not None and attempt.answer is not None:
        message = attempt.answer.headers, attempt.answer.body
    if message is None:
        return b""
    kind, _, name = rest.partition(".")
    if kind == "headers" and name:
        value = header(message[0], name) or ""
        return value.encode("latin-1", "replace") if mask(name, value) == value else b""
    return message[1] if kind == "body" else b""

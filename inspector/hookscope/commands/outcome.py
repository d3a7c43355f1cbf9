"""What came of handing a delivery over, in the lines and values that commands print,
and the exit code that it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hookscope.model.capture import Failure
from hookscope.model.errors import OutOfTime
from hookscope.model.finding import Finding
from hookscope.text.safe import safe_text
from hookscope_relay.delivery import Answer

NOT_ACCEPTED = 1


def render_outcome(answer: Answer | None, failure: Failure | None, elapsed_ms: float) -> str:
    """The answer, or why there is none, and how long it took."""
    said = f"{answer.status} {answer.reason}" if answer else ""
    if failure is not None:
        said = f"no answer: {failure.kind}: {failure.detail}"
    return f"{safe_text(said).rstrip().rstrip(':')} in {elapsed_ms:.0f} ms"


def render_findings(findings: Iterable[Finding], indent: str, capture: int | str) -> Iterator[str]:
    """What is wrong by them, and what to do with the capture: its number or its file, 0 where there is none."""
    for finding in findings:
        if finding.severity != "info":
            yield f"{indent}{finding.severity}: {safe_text(finding.title)} [{finding.code}]"
            if hint := finding.hint_for(capture):
                yield f"{indent}  → {safe_text(hint)}"


def outcome_facts(
    answer: Answer | None, failure: Failure | None, elapsed_ms: float, findings: Iterable[Finding], capture: int | str
) -> dict[str, object]:
    """The same as plain JSON values."""
    return {
        "status": answer.status if answer else None,
        "failure": failure.kind if failure else None,
        "detail": failure.detail if failure else "",
        "elapsed_ms": round(elapsed_ms, 1),
        "findings": [finding.to_mapping(capture) for finding in findings],
    }


def exit_code(accepted: Sequence[bool], failures: Sequence[Failure | None], *, limited: bool = True) -> int:
    """0 where all were accepted; 13 where the others had no answer within the time that was given (`limited`),
    else 1."""
    if all(accepted):
        return 0
    others = [failure for passed, failure in zip(accepted, failures, strict=True) if not passed]
    out_of_time = limited and all(failure is not None and failure.kind == "timeout" for failure in others)
    return OutOfTime.exit_code if out_of_time else NOT_ACCEPTED

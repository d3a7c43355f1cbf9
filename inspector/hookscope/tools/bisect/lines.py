"""What a bisection found, as lines."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.text.safe import safe_text
from hookscope.tools.bisect.run import Bisected


def render(bisected: Bisected) -> Iterator[str]:
    """What was found, as lines; every byte of a sender or handler in them is inert."""
    found = bisected.found
    yield f"good: {bisected.good_said}   bad: {bisected.bad_said}   {len(bisected.differences)} differences"
    if not found.found:
        yield _not_reproduced(bisected)
    else:
        yield from _causes(bisected)
    if not found.complete:
        yield "the sends ran out: this is as small as it got; raise --max-sends"
    if found.flaky:
        yield "the answers vary: each was asked for several times, and the commonest one counts"
    yield f"{found.sends} sends; {safe_text(bisected.note) or 'the signature was left as it was'}"


def _not_reproduced(bisected: Bisected) -> str:
    good, bad = bisected.found.start
    if good != "good":
        return "the good capture is not accepted now, so there is nothing to compare with"
    signed = " (signed anew: its own signature may be what failed)" if bisected.note else ""
    return (
        "the bad capture is accepted now" + signed if bad == "good" else "the two get answers that cannot be compared"
    )


def _causes(bisected: Bisected) -> Iterator[str]:
    found = bisected.found
    turning, curing = set(found.turning), set(found.curing)
    if len(found.causes) == 1:
        yield f"only this matters: {found.causes[0].text}"
        return
    if not found.complete:
        yield "what matters is among these:"
    elif turning > curing:
        yield "only these together turn the answer; taking one back is enough:"
    elif curing > turning:
        yield "each of these turns the answer by itself; all must be taken back:"
    else:
        yield "these turn the answer:"
    for difference in found.causes:
        yield f"  - {difference.text}"

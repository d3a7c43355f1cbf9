"""What a bisection found, as lines."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.text.safe import safe_text
from hookscope.tools.bisect.run import Bisected
from hookscope.tools.bisect.words import difference_in_words


def render(bisected: Bisected) -> Iterator[str]:
    """What was found, as lines; every byte of a sender or handler in them is inert."""
    found = bisected.found
    yield f"good: {bisected.good_said}   bad: {bisected.bad_said}   {len(bisected.differences)} differences"
    if not found.found:
        yield _not_reproduced(bisected)
    else:
        if not bisected.good_accepted:
            yield f"neither is accepted; this is what turns {bisected.good_said} into {bisected.bad_said}"
        yield from _causes(bisected)
    if not found.complete:
        yield "the sends ran out: this is as small as it got; raise --max-sends"
    if found.flaky:
        yield "the answers vary: each was asked for several times, and the commonest one counts"
    yield f"{found.sends} sends; {safe_text(bisected.note) or 'the signature was left as it was'}"


def _not_reproduced(bisected: Bisected) -> str:
    if bisected.found.start != ("good", "good"):
        return "the two get answers that cannot be compared"
    signed = " (signed anew: its own signature may be what failed)" if bisected.note else ""
    if not bisected.bad_accepted:
        return f"both are refused alike now{signed}, so there is nothing to compare"
    if not bisected.good_accepted:
        return "the bad capture is accepted now, and the good one is not: name them the other way round"
    return f"the bad capture is accepted now{signed}"


def _causes(bisected: Bisected) -> Iterator[str]:
    found = bisected.found
    turning, curing = set(found.turning), set(found.curing)
    if len(found.causes) == 1:
        yield f"only this matters: {difference_in_words(found.causes[0])}"
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
        yield f"  - {difference_in_words(difference)}"

"""What was said of a delivery's attempts: a handler that stays down while it is tried again is explained once."""

from __future__ import annotations

from collections import OrderedDict

from hookscope.model.events import Attempted, Diagnosed

REMEMBERED = 1000


class Explanations:
    """Hears of attempts and of what is found of them; of very many deliveries the oldest are let go."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[str, str], tuple[str, ...]] = OrderedDict()

    def begin(self, attempt: Attempted) -> None:
        """What somebody asked for, such as a replay, is explained again."""
        if attempt.origin != "live":
            self._said.pop((attempt.id, ""), None)

    def is_same(self, found: Diagnosed) -> bool:
        """Whether the same was found of the attempt before, of the same delivery at the same handler."""
        of, codes = (found.id, found.copy), tuple(finding.code for finding in found.findings)
        before = self._said.pop(of, None)
        self._said[of] = codes
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return found.attempt > 1 and before == codes

"""Judges calls one after the other, and remembers what those that follow are judged by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from hookscope.api.findings import CallFindings
from hookscope.api.history import History
from hookscope.api.rule import FAMILY
from hookscope.model.call import Call
from hookscope.model.finding import Evidence, Finding


class Judge:
    """Judges calls in the order in which they end; it remembers what it has seen. `last_good` are the credentials, by
    API and fingerprint, that were accepted before, with the time of the last call; `signing` are the
    fingerprints of secrets that verify deliveries; `silenced` holds codes and
    families that are not to be reported."""

    def __init__(
        self,
        last_good: Mapping[str, Mapping[str, float]] | None = None,
        silenced: Collection[str] = (),
        signing: Collection[str] = (),
    ) -> None:
        self.history = History(last_good or {})
        self._silenced = silenced
        self._signing = frozenset(signing)

    def judge_all(self, calls: Collection[Call], bots: Mapping[str, Collection[str]] | None = None) -> list[Call]:
        """The calls with their findings; `bots` are those that each delivery names as able to see its object."""
        return [self.judge(call, (bots or {}).get(call.tie.delivery, ())) for call in calls]

    def judge(self, call: Call, bots: Collection[str] = ()) -> Call:
        """The call with its findings, which are also remembered for those that follow."""
        about = CallFindings(call, self.history, bots, self._signing)
        found = (*about.outcome(), *about.observations())
        heard = [finding for finding in found if not {finding.code, FAMILY, f"{FAMILY}.*"} & set(self._silenced)]
        judged = replace(call, findings=tuple(_with_fault(call, finding) for finding in heard))
        self.history.note(judged, about.said.is_refusal)
        return judged


def _with_fault(call: Call, finding: Finding) -> Finding:
    if not call.fault:
        return finding
    return replace(finding, evidence=(Evidence(f"hookscope played this: {call.fault}", "fault"), *finding.evidence))

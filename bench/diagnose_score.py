"""How often the first finding is right, over recorded exchanges with known causes.

    python bench/diagnose_score.py [RECORDINGS] [--misses] [--unknown] [--server NAME]...

RECORDINGS is a file of recordings (the project's own by default) or a folder of capture files with `*.truth.json`
beside them. A cause is right when it is the true one; or, where several causes give the same answer byte for byte, when
the true one is among the finding's cause and alternatives and all of these are among the possible ones. A layer is
right when it is the true one or one of `also_layers`. A name is right when it is one of the truth's `product`, or,
where the truth has none, when one of its words stands in the truth's server and versions. The calibration sets the
confidence that was said against the share of first causes that were the true one. `--unknown` asks how it would go with servers that nobody
has described: from each server's recordings all marks are kept away that hold for any of them. Exit 1 where a goal of
the project is missed.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hookscope.diagnosis import marks
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model import capture_file
from hookscope.model.capture import Capture
from hookscope.model.finding import Finding
from hookscope.providers.registry import load_providers

RECORDINGS = Path(__file__).parent.parent / "tests" / "recordings.json.xz"
GOAL = 0.97
BANDS = (0.0, 0.5, 0.8, 0.86, 0.9, 0.965, 0.98, 1.01)
GENERIC = frozenset({"server", "http", "httpd", "web", "api", "rest", "framework", "net", "core", "load", "balancer"})
HEALTHY = frozenset({"ok", "slow-ok"})


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange and the truth about it."""

    name: str
    capture: Capture
    truth: dict[str, Any]  # Any: the sidecar's JSON values


@dataclass(frozen=True, slots=True)
class Result:
    """What the diagnosis made of one recording."""

    recording: Recording
    findings: tuple[Finding, ...]

    @property
    def cause(self) -> str:
        return self.findings[0].cause if self.findings else ""

    @property
    def first_right(self) -> bool:
        """Whether the cause that was said first is the true one."""
        return self.cause == self.recording.truth["cause"]

    @property
    def cause_right(self) -> bool:
        true = self.recording.truth["cause"]
        if self.first_right:
            return True
        possible = self.recording.truth.get("also_possible")
        if not possible or not self.findings:
            return False
        said = {self.cause, *self.findings[0].alternatives}
        return true in said and said <= {true, *possible}

    @property
    def layer_right(self) -> bool:
        truth = self.recording.truth
        return bool(self.findings) and self.findings[0].layer in {truth["layer"], *truth.get("also_layers", ())}

    @property
    def name(self) -> str:
        """The product that the first finding names, without its version; empty where it names none."""
        return re.sub(r" v?\d[\w.+-]*$", "", self.findings[0].product) if self.findings else ""

    @property
    def name_right(self) -> bool:
        truth, said = self.recording.truth, self.name.lower()
        if "product" in truth:
            return said in {name.lower() for name in truth["product"]}
        known = f"{truth['server']} {truth['version']} {truth['how']}".lower()
        return any(word in known for word in re.findall(r"[a-z][a-z0-9]+", said) if word not in GENERIC)

    @property
    def false_alarm(self) -> bool:
        loud = any(finding.severity != "info" for finding in self.findings)
        return self.recording.truth["cause"] in HEALTHY and loud


def load(path: Path = RECORDINGS) -> list[Recording]:
    """The recordings of the project's file, or of a folder."""
    return sorted(_of_folder(path) if path.is_dir() else _of_file(path), key=lambda recording: recording.name)


def _of_file(path: Path) -> Iterator[Recording]:
    for name, item in json.loads(lzma.decompress(path.read_bytes())).items():
        yield Recording(name, capture_file.from_mapping(item["capture"], name), item["truth"])


def _of_folder(path: Path) -> Iterator[Recording]:
    for sidecar in path.glob("*.truth.json"):
        name = sidecar.name.removesuffix(".truth.json")
        yield Recording(
            name, capture_file.loads((path / f"{name}.json").read_bytes(), name), json.loads(sidecar.read_bytes())
        )


def score(recordings: list[Recording]) -> list[Result]:
    """The diagnosis of each recording; a rule that raises ends the run."""

    def stop(code: str, error: Exception) -> None:
        raise RuntimeError(f"rule {code}") from error

    providers = load_providers()
    return [Result(item, diagnose(case_of(item.capture, providers), on_error=stop)) for item in recordings]


def score_unknown(recordings: list[Recording]) -> list[Result]:
    """As `score`, each server without the marks of the products that speak on its recordings."""
    of_server: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        of_server[recording.truth["server"]].append(recording)
    results: list[Result] = []
    for group in of_server.values():
        spoken = _spoken(group)
        left = [mark for mark in marks.all_marks() if mark.product not in spoken]
        with patch.object(marks, "_table", return_value=marks.by_status(left)):
            results += score(group)
    return results


def _spoken(recordings: list[Recording]) -> set[str]:
    providers = load_providers()
    cases = [case_of(item.capture, providers) for item in recordings]
    return {
        mark.product
        for case in cases
        if case.answer is not None
        for mark in marks.all_marks()
        if marks.holds(mark, case, case.answer)
    }


def table(results: list[Result], key: str) -> str:
    """The shares of right causes and layers by a key of the truth."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[str(result.recording.truth[key])].append(result)
    rows = [f"{key:28} {'n':>4} {'cause':>7} {'layer':>7}"]
    rows += [_row(name, group) for name, group in sorted(groups.items())]
    return "\n".join(rows)


def _row(name: str, group: list[Result]) -> str:
    causes = sum(result.cause_right for result in group) / len(group)
    layers = sum(result.layer_right for result in group) / len(group)
    return f"{name:28} {len(group):4} {causes:7.1%} {layers:7.1%}"


def wrong_names(results: list[Result]) -> str:
    """How many names were given and how many of them were wrong, and which."""
    named = [result for result in results if result.name]
    wrong: dict[str, list[str]] = defaultdict(list)
    for result in named:
        if not result.name_right:
            wrong[result.name].append(result.recording.name)
    count = sum(len(names) for names in wrong.values())
    rows = [f"wrong names: {count} of {len(named)} given ({count / max(len(named), 1):.1%}), {len(results)} recordings"]
    rows += [
        f"  {name:26} {len(where):4}  {', '.join(where[:6])}"
        for name, where in sorted(wrong.items(), key=lambda row: -len(row[1]))
    ]
    return "\n".join(rows)


def calibration(results: list[Result]) -> str:
    """By bands of the confidence said: its mean, and how often the first cause was the true one; last,
    the mean gap between the two."""
    said = [result for result in results if result.findings]
    rows = [f"{'confidence':28} {'n':>4} {'said':>7} {'right':>7} {'gap':>7}"]
    gaps = 0.0
    for low, high in pairwise(BANDS):
        band = [result for result in said if low <= result.findings[0].confidence < high]
        if band:
            mean = sum(result.findings[0].confidence for result in band) / len(band)
            right = sum(result.first_right for result in band) / len(band)
            gaps += abs(mean - right) * len(band)
            rows.append(
                f"{low:.2f} to {min(high, 1.0):.2f}{'':16} {len(band):4} {mean:7.1%} {right:7.1%} {mean - right:+7.1%}"
            )
    rows.append(f"{'mean gap':28} {len(said):4} {'':7} {'':7} {gaps / max(len(said), 1):7.1%}")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description="Scores the diagnosis on recorded exchanges.")
    parser.add_argument("recordings", nargs="?", type=Path, default=RECORDINGS)
    parser.add_argument("--unknown", action="store_true", help="without the marks of each server's own products")
    parser.add_argument("--misses", action="store_true", help="list what was wrong")
    parser.add_argument("--server", action="append", default=[], help="only the recordings of this server")
    given = parser.parse_args()
    recordings = [item for item in load(given.recordings) if not given.server or item.truth["server"] in given.server]
    results = (score_unknown if given.unknown else score)(recordings)
    print(table(results, "cause"), table(results, "server"), sep="\n\n")
    alarms = [result for result in results if result.false_alarm]
    print("", calibration(results), "", wrong_names(results), sep="\n")
    if given.misses:
        print("\n" + "\n".join(_misses(results)))
    print("\n" + _row("all", results) + f"   {len(alarms)} false alarms")
    right = min(sum(result.cause_right for result in results), sum(result.layer_right for result in results))
    return 0 if right >= GOAL * len(results) and not alarms else 1


def _misses(results: list[Result]) -> Iterator[str]:
    for result in results:
        truth = result.recording.truth
        first = result.findings[0] if result.findings else None
        said = (
            f"{first.cause}/{first.layer} ({first.confidence:.2f}) {list(first.alternatives)}" if first else "nothing"
        )
        true = f"{truth['cause']}/{truth['layer']} {truth.get('also_possible', [])}"
        if not (result.cause_right and result.layer_right) or result.false_alarm:
            mark = (
                ("C" if not result.cause_right else "")
                + ("L" if not result.layer_right else "")
                + ("A" if result.false_alarm else "")
            )
            yield f"{mark:3} {result.recording.name}: said {said}, true {true}"


if __name__ == "__main__":
    sys.exit(main())

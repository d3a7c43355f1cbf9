"""What the contest prints of what it measured."""

from __future__ import annotations

import json
from typing import Any

from contest.accounts import Usage
from contest.load import Load
from contest.measure import Sample
from contest.options import Options
from contest.results import document
from contest.rounds import Outcome
from contest.start_up import BARE, Begun
from contest.tables import render


def load(*, done: int = 1000, seconds: float = 1, p50_us: float = 100, bad: int = 0) -> Load:
    zeros: dict[str, Any] = dict.fromkeys(Load.__dataclass_fields__, 0)
    given = {"sent": done + bad, "done": done, "seconds": seconds, "p50_us": p50_us, "p99_us": 2 * p50_us}
    return Load(**{**zeros, **given, "lost": bad, "first_bad": "", "slice_ends": (0.1, 0.2, 0.4)})


def sample(cpu_s: float = 0, after_s: float = 0, arrived: int = 0, **given: float) -> Sample:
    seen = load(**given)
    return Sample(
        load=seen, arrived=arrived or seen.sent, during={"one": Usage(cpu_s / 2, cpu_s / 2, cpu_s / 4)},
        after={"one": Usage(after_s, 0, 0)}, rest_s=0.5, peak_mb={"one": 60.0}, before_mb={"one": 10.0}, others=0.25,
    )  # fmt: skip


def outcomes(scenario: str = "c64") -> dict[str, Outcome]:
    direct = Outcome("direct", "", {scenario: [sample(p50_us=50)]})
    ssh = Outcome("ssh", "", {scenario: [sample(0.02, p50_us=100, done=1000)]})
    # Three rounds, whose medians are 500 a second and 200 µs.
    rounds = [(400, 200), (500, 150), (600, 250)]
    ours = Outcome("ours", "", {scenario: [sample(0.02, 0.005, done=done, p50_us=p50) for done, p50 in rounds]})
    return {"direct": direct, "ssh": ssh, "ours": ours}


def cells(text: str, title: str, name: str) -> dict[str, str]:
    """A table's row by its heads."""
    lines = text.split(f"**{title}**\n\n", 1)[1].splitlines()
    heads, found = ([cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], row(lines, name)))
    return dict(zip(heads, found, strict=True))


def row(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(f"| {name} "))


def test_a_timed_row_holds_medians_and_ratios_to_ssh():
    found = cells(render(outcomes()), "2 KiB, 64 in flight", "ours")
    assert (found["a second"], found["p50 µs"], found["added p50"]) == ("500", "200", "150")
    assert (found["x ssh: rate"], found["added"]) == ("0.50", "3.00")
    # (20 + 5) ms over 500 deliveries, against 20 µs of ssh
    assert (found["CPU µs"], found["in the trip"], found["CPU"]) == ("50", "40", "2.50")
    assert found["rounds"] == "±20 %"


def test_what_is_lost_or_comes_twice_is_bad():
    made = outcomes()
    made["ours"].samples["c64"] = [sample(done=10, bad=3), sample(done=10, arrived=12)]
    assert cells(render(made), "2 KiB, 64 in flight", "ours")["bad"] == "5"


def test_memory_is_told_in_bodies():
    assert cells(render(outcomes("25mb")), "25 MB bodies, 1 in flight", "ours")["grown by, bodies"] == "2.0"


def test_a_long_run_is_compared_with_its_first_thousand():
    made = outcomes("long")
    made["ours"].firsts["long"] = sample(0.04, done=1000)
    found = cells(render(made), "deliveries in one go, 64 in flight", "ours")
    assert (found["CPU µs at 1,000"], found["at all"], found["grown"]) == ("40", "42", "1.04")
    assert found["last tenth x first"] == "2.00"


def test_a_start_is_compared_with_bare_python():
    made = outcomes()
    made["ours"].starts = {BARE: [Begun(20, 15)], "hookscope --help": [Begun(90, 80), Begun(100, 90), Begun(400, 85)]}
    text = render(made)
    assert row(text.splitlines(), "ours      | hookscope --help").split("|")[3:7] == [
        "       100 ",
        "      90 ",
        "     85 ",
        "     5.00 ",
    ]


def test_what_was_left_out_is_told_and_nothing_is_measured_without_ssh():
    made = outcomes()
    made["ssh"] = Outcome("ssh", "", left_out="sshd is not installed")
    text = render(made)
    assert "- ssh is left out: sshd is not installed" in text
    assert cells(text, "2 KiB, 64 in flight", "ours")["x ssh: rate"] == "-"
    assert render({"ssh": made["ssh"]}) == "- ssh is left out: sshd is not installed"


def test_every_sample_is_in_the_file():
    told = json.loads(json.dumps(document(Options(), outcomes()), default=str))
    assert told["format"] == "hookscope-contest/1"
    samples = told["contenders"]["ours"]["samples"]["c64"]
    assert [one["load"]["done"] for one in samples] == [400, 500, 600]
    assert samples[0]["during"]["one"] == {"user": 0.01, "system": 0.01, "main": 0.005}

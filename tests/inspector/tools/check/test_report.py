from __future__ import annotations

import json

from hookscope.tools.check.fact import Fact
from hookscope.tools.check.report import CheckReport, render_lines, render_table

FACTS = (
    Fact(name="valid", group="events", line="a valid one is accepted", state="passed", evidence=("HTTP 200",), sends=1),
    Fact(
        name="raw-body",
        group="signature",
        line="the raw body is verified",
        state="failed",
        evidence=("refused \x1b[31m",),
        hint="verify raw bytes",
        sends=5,
    ),
    Fact(name="stale", group="signature", line="an old one is refused", state="skipped", applies=False),
    Fact(name="burst", group="load", line="20 at once", state="failed", because="speed", sends=20),
    Fact(name="slash", group="requests", line="the slash", state="warning", evidence=("x",)),
)
REPORT = CheckReport(
    url="http://localhost:3000/hook",
    provider="notion",
    event="page.created",
    facts=FACTS,
    notes=("signed",),
    elapsed_s=1.0,
)


def test_lines_say_what_is_wrong_and_leave_out_what_cannot_apply():
    text = "\n".join(render_lines(REPORT))
    assert "failed   raw-body             the raw body is verified: refused " in text
    assert "→ verify raw bytes" in text
    assert "follows from speed" in text
    assert "stale" not in text
    assert text.endswith("what is wrong: raw-body")
    assert "2 failed, 1 warning, 1 passed (26 deliveries in 1.0 s)" in text
    assert "\x1b" not in text


def test_the_table_fits_the_width():
    assert all(len(line) <= 60 for line in render_table(REPORT, 60, colour=False) if not line.startswith("http"))


def test_colour_never_says_anything_alone():
    plain = "\n".join(render_table(REPORT, 80, colour=False))
    coloured = "\n".join(render_table(REPORT, 80, colour=True))
    assert "✗ raw-body" in plain
    assert "\x1b[31m✗\x1b[0m raw-body" in coloured


def test_the_mapping_is_plain_json_with_every_fact():
    mapping = json.loads(json.dumps(REPORT.to_mapping()))
    assert (mapping["result"], mapping["faults"]) == ("failed", ["raw-body"])
    assert [fact["check"] for fact in mapping["facts"]] == ["valid", "raw-body", "stale", "burst", "slash"]
    assert mapping["counts"] == {"failed": 2, "warning": 1, "passed": 1, "skipped": 1}

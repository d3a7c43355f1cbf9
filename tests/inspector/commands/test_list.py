from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from factories import NOW, Run, make_delivery
from held import begun
from hookscope.config.settings import places
from hookscope.model.capture import Failure
from hookscope.model.finding import Evidence, Finding
from hookscope.model.verdict import Recognition
from hookscope.store.append import Entry, Group
from hookscope.store.captures import CaptureStore
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer

KEYS = ["number", "id", "received_at", "method", "target", "provider", "event_type"]
FOUND = Finding(
    code="csrf.refused",
    severity="error",
    cause="csrf",
    layer="framework",
    title="refused \x1b[31m",
    hint="",
    evidence=(Evidence("419", "answer.status"),),
)


async def fill(path: Path) -> None:
    """An answered capture with a finding, one whose attempt failed, and one without an attempt."""
    store = CaptureStore.open(path)
    answered, failed, untried = (make_delivery(target=f"/{name}\x1b[2J") for name in ("answered", "failed", "untried"))
    notion = Recognition(provider="notion", event_type="page.created")
    await store.keep(answered, origin="live", recognition=notion)
    number = await store.begin_attempt(answered.id, begun("live", "http://h/", NOW))
    await store.end_attempt(answered.id, number, elapsed_ms=7.0, answer=Answer(status=419))
    await store.keep_findings(answered.id, number, None, [FOUND])
    await store.keep(failed, origin="live")
    number = await store.begin_attempt(failed.id, begun("live", "http://h/", NOW))
    await store.end_attempt(failed.id, number, elapsed_ms=2000.0, failure=Failure(kind="timeout", detail="2 s"))
    await store.keep(untried, origin="live", owed=True)
    store.close()


@pytest.fixture
def filled(home: Path) -> None:
    asyncio.run(fill(places({"HOOKSCOPE_HOME": str(home)}).captures))


@pytest.mark.usefixtures("filled")
def test_json_rows_have_the_keys_of_the_contract_oldest_first(run: Run) -> None:
    code, out, err = run("--json")
    answered, failed, untried = (json.loads(line) for line in out.splitlines())
    assert (code, err) == (0, "")
    assert list(answered) == list(untried) == [*KEYS, "status", "cause"]
    assert list(failed) == [*KEYS, "failure", "cause"]
    assert [row["number"] for row in (answered, failed, untried)] == [1, 2, 3]
    assert (answered["provider"], answered["event_type"]) == ("notion", "page.created")
    assert (answered["status"], answered["cause"]) == (419, "csrf")
    assert (failed["failure"], untried["status"]) == ("timeout", None)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["status:4xx"], [1]),
        (["provider:notion", "status:419"], [1]),
        (["status:200"], []),
        (["--limit", "1"], [3]),
        (["--limit", "2"], [2, 3]),
    ],
)
def test_filter_and_limit_narrow_the_rows(run: Run, words: list[str], numbers: list[int]) -> None:
    code, out, _ = run("--json", *words)
    assert (code, [json.loads(line)["number"] for line in out.splitlines()]) == (0, numbers)


@pytest.mark.usefixtures("filled")
def test_what_the_limit_left_out_is_told_on_standard_error(run: Run) -> None:
    assert run("--limit", "1")[2] == "the newest 1 of 3; --limit shows more\n"


@pytest.mark.usefixtures("filled")
def test_a_line_says_what_came_and_what_became_of_it(run: Run) -> None:
    _, out, _ = run()
    for line, words in zip(out.splitlines(), (["419", "7 ms", "notion"], ["timeout"], ["owed"]), strict=True):
        assert all(word in line for word in words)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_a_sender_wrote_does_not_steer_the_terminal(run: Run, options: list[str]) -> None:
    assert "\x1b" not in run(*options)[1]


@pytest.mark.parametrize("limit", ["0", "-5"])
def test_a_limit_that_shows_nothing_is_bad_input(run: Run, limit: str) -> None:
    code, out, err = run("--limit", limit)
    assert (code, out, f"--limit {limit} shows nothing" in err) == (2, "", True)


@pytest.mark.parametrize("text", ["stauts:4xx", "status:9xy", "since:soon"])
def test_a_bad_filter_is_bad_input(run: Run, text: str) -> None:
    code, out, err = run(text)
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(("words", "said"), [([], "nothing captured yet"), (["status:200"], "meets this filter")])
def test_nothing_to_list_is_told_on_standard_error(run: Run, words: list[str], said: str) -> None:
    code, out, err = run(*words)
    assert (code, out, said in err) == (0, "", True)


def test_a_filter_that_asks_for_findings_says_what_nobody_has_looked_at(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.commands.list.STILL_S", 0.1)

    async def append() -> None:
        store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
        place = LogPlace("e", "a", 1, 0)
        await store.append(
            Group([Entry(delivery=make_delivery(), place=place, origin="live")]), lambda _: Recognition()
        )
        store.close()

    asyncio.run(append())
    assert "nobody has looked" not in run("list", "method:POST")[2]
    told = run("list", "finding:csrf")[2]
    assert "nobody has looked at yet: 1" in told
    assert "`hookscope listen` goes on with them" in told

"""docs/ndjson.schema.json is made from the code, and holds for what events say of themselves and for real streams."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]  # it comes without types
import pytest

from hookscope.model.events import Event, to_mapping
from hookscope.model.finding import Evidence, Finding
from hookscope_relay.errors import HookscopeError
from inspector.model.test_events import CASES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/ndjson.schema.json"
SCHEMA = json.loads(PAGE.read_text("utf-8"))


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_schema", ROOT / "bench/schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def strict(schema: Any) -> Any:
    """The schema with nothing allowed that it does not name: for our own lines, where readers allow more."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(one) for name, one in schema.items()}
    is_whole = "required" in schema and "properties" in schema and "allOf" not in schema
    return closed | ({"additionalProperties": False} if is_whole else {})


VALIDATOR = jsonschema.Draft202012Validator(strict(SCHEMA))


def test_the_schema_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == load_generator().render(), (
        "run `python bench/schema.py > docs/ndjson.schema.json`"
    )


def test_it_is_a_schema_and_its_version_is_that_of_the_stream() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    (ready,) = [facts for _, name, facts in CASES if name == "ready"]
    assert SCHEMA["$id"] == f"urn:hookscope:ndjson:{ready['schema']}"


def test_every_type_of_line_is_described() -> None:
    assert set(SCHEMA["$defs"]) - {"finding"} == {kind.type for kind in get_args(Event)}
    assert {name for _, name, _ in CASES} == {kind.type for kind in get_args(Event)}


@pytest.mark.parametrize(("event", "name"), [(event, name) for event, name, _ in CASES])
def test_what_an_event_says_is_described_and_nothing_else_is(event: Event, name: str) -> None:
    VALIDATOR.validate(to_mapping(event))


def test_a_whole_finding_is_described() -> None:
    finding = Finding(
        code="a.b", severity="error", cause="c", layer="edge", title="t", hint="h", evidence=(Evidence("x", "p", 1, 2),),
        alternatives=("d",), proved="by v", path="/p",
    )  # fmt: skip
    described = VALIDATOR.evolve(schema=VALIDATOR.schema["$defs"]["finding"])
    described.validate(finding.to_mapping())


WRONG = [
    {"type": "ready", "at": "2026-01-01T00:00:00.000Z"},
    {"type": "captured", "at": "yesterday"},
    {"type": "stopped", "at": "2026-01-01T00:00:00.000Z", "captured": -1, "exit_code": 0},
    {"at": "2026-01-01T00:00:00.000Z"},
]


@pytest.mark.parametrize("line", WRONG, ids=["without its fields", "another time", "below zero", "without a type"])
def test_what_is_no_line_of_ours_is_refused(line: dict[str, Any]) -> None:
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(line))


def test_a_reader_may_meet_more_than_it_knows() -> None:
    reader = jsonschema.Draft202012Validator(SCHEMA)
    reader.validate({"type": "of-tomorrow", "at": "2026-01-01T00:00:00.000Z"})
    reader.validate({"type": "notice", "at": "2026-01-01T00:00:00.000Z", "level": "info", "text": "t", "new": 1})


def test_a_real_stream_is_as_described(tmp_path: Path) -> None:
    """A handler that is not there, so that attempts fail and are explained."""
    command = [sys.executable, "-m", "hookscope.cli", "listen", "9", "--json", "--port", "0"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, cwd=tmp_path) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline())]
        request = urllib.request.Request(f"{lines[0]['url']}/a", data=b"{}")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        caught.value.close()
        while not {"captured", "attempted", "diagnosed", "settled"} <= {line["type"] for line in lines}:
            lines.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        lines += [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert (lines[0]["type"], lines[-1]["type"]) == ("ready", "stopped")
    for line in lines:
        VALIDATOR.validate(line)


def test_every_exit_code_is_in_the_table() -> None:
    table = (ROOT / "docs/output.md").read_text("utf-8").partition("## NDJSON")[0]
    kinds: list[type[HookscopeError]] = [HookscopeError, *HookscopeError.__subclasses__()]
    codes = {kind.exit_code for kind in kinds} | {0, 1, 3, 130}
    assert [code for code in sorted(codes) if f"\n| {code} | " not in table] == []

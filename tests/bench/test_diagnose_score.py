"""The score of the diagnosis: which names are wrong, how confidence compares with being right,
and the recordings of unseen servers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import msgspec
import pytest

from hookscope.model.finding import Layer

BENCH = Path(__file__).parents[2] / "bench"
UNSEEN = Path(__file__).parents[1] / "recordings_unseen.json.xz"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("diagnose_score", BENCH / "diagnose_score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["diagnose_score"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def result(bench: ModuleType, said: tuple[str, float, str], truth: dict[str, Any]) -> Any:
    """A result whose first finding names a cause, a confidence and a product."""
    cause, confidence, product = said
    finding = bench.Finding(
        code="a.b", severity="error", cause=cause, layer="framework", title="", hint="", product=product,
        confidence=confidence,
    )  # fmt: skip
    known = {"cause": "not-found", "layer": "framework", "server": "polka", "version": "polka 0.5.2", "how": ""}
    recording = bench.Recording(name="polka-404", capture=None, truth=known | truth)
    return bench.Result(recording, (finding,))


@pytest.mark.parametrize(
    ("product", "truth", "right"),
    [
        ("Polka 0.5.2", {"product": ["Polka"]}, True),
        ("polka", {"product": ["Polka"]}, True),
        ("Polka v1", {"product": ["Koa", "Polka"]}, True),
        ("Koa", {"product": ["Polka"]}, False),
        ("Polka", {}, True),
        ("Go net/http", {}, False),
        ("Apache httpd 2.4.71", {"server": "apache", "version": "Apache httpd 2.4.71"}, True),
        ("JDK HttpServer", {"server": "waitress", "version": "an HTTP server"}, False),
    ],
)
def test_a_name_is_right_by_the_truth_of_the_recording(
    bench: ModuleType, product: str, truth: dict[str, Any], right: bool
) -> None:
    assert result(bench, ("not-found", 0.9, product), truth).name_right is right


def test_wrong_names_are_counted_among_the_names_given(bench: ModuleType) -> None:
    found = [result(bench, ("not-found", 0.9, product), {"product": ["Polka"]}) for product in ("Polka 1", "Koa", "")]
    text = bench.wrong_names(found)
    assert text.startswith("wrong names: 1 of 2 given (50.0%), 3 recordings")
    assert "Koa" in text


def test_confidence_is_set_against_being_right(bench: ModuleType) -> None:
    found = [result(bench, (cause, 0.9, ""), {}) for cause in ("not-found", "not-found", "not-found", "csrf")]
    rows = bench.calibration(found).splitlines()
    assert rows[1].split() == ["0.90", "to", "0.96", "4", "90.0%", "75.0%", "+15.0%"]
    assert rows[-1].split() == ["mean", "gap", "4", "15.0%"]


@pytest.mark.parametrize(("layer", "right"), [("framework", True), ("handler", True), ("transport", False)])
def test_a_layer_that_the_answer_cannot_exclude_is_right_too(bench: ModuleType, layer: str, right: bool) -> None:
    found = result(bench, ("not-found", 0.9, ""), {"layer": "handler", "also_layers": ["framework"]})
    msgspec.structs.force_setattr(found.findings[0], "layer", layer)
    assert found.layer_right is right


def test_there_are_recordings_of_servers_that_no_rule_was_written_for(bench: ModuleType) -> None:
    recordings = bench.load(UNSEEN)
    assert len({item.truth["server"] for item in recordings}) >= 90
    assert len(recordings) >= 700
    for item in recordings:
        assert item.truth["product"] and item.truth["version"] and item.truth["how"], item.name
        assert item.truth["layer"] in get_args(Layer)
        assert item.capture.attempts[-1].answer or item.capture.attempts[-1].failure


def test_the_table_has_every_recording(bench: ModuleType) -> None:
    import tomllib

    table = tomllib.loads((BENCH / "unseen" / "servers.toml").read_text("utf-8"))["server"]
    plants = tomllib.loads((BENCH / "unseen" / "plants.toml").read_text("utf-8"))["plant"]
    listed = {f"{server['name']}-{plant}" for server in table for plant in server["plants"].split()}
    assert {item.name for item in bench.load(UNSEEN)} <= listed
    assert {plant for server in table for plant in server["plants"].split()} == set(plants)

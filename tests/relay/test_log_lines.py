"""Log lines."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from hookscope_relay.log_lines import Event, JsonLines, TextLines, short, tell, write_aside


@pytest.fixture
def logger() -> logging.Logger:
    made = logging.Logger("test", logging.INFO)
    made.addHandler(logging.StreamHandler(io.StringIO()))
    return made


def written(logger: logging.Logger, formatter: logging.Formatter) -> list[str]:
    (handler,) = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setFormatter(formatter)
    tell(logger, "delivery", id="01k", bytes=3, ms=1.5, kept=True)
    logger.warning("plain %s", "words")
    text: str = handler.stream.getvalue()
    return text.splitlines()


def test_a_line_of_text_has_time_level_event_and_facts(logger):
    first, second = written(logger, TextLines())
    at, _, rest = first.partition(" ")
    assert (len(at), at[-1], rest) == (24, "Z", "info delivery id=01k bytes=3 ms=1.5 kept=true")
    assert second.partition(" ")[2] == "warning plain words"


def test_a_line_of_json_has_the_same(logger):
    first, second = map(json.loads, written(logger, JsonLines()))
    assert {name: first[name] for name in first if name != "at"} == {
        "level": "info",
        "event": "delivery",
        "id": "01k",
        "bytes": 3,
        "ms": 1.5,
        "kept": True,
    }
    assert (second["event"], second["level"]) == ("plain words", "warning")


@pytest.mark.parametrize("value", ["", "a b", 'a"b', "a=b", "a\nb", "\x1b[2J", "\u202e"])
def test_no_value_can_be_taken_for_another_fact_or_end_the_line(value):
    line = str(Event("e", {"a": value, "b": 1}))
    assert line.isprintable()
    assert json.loads(line.removeprefix("e a=").removesuffix(" b=1")) == value


def test_a_traceback_is_one_value_of_its_line():
    try:
        raise ValueError("x")
    except ValueError:
        record = logging.LogRecord("n", logging.ERROR, "p", 1, "a bug of ours", None, sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError" in json.loads(line)["traceback"]


def test_what_is_not_logged_is_not_made():
    quiet = logging.Logger("quiet", logging.WARNING)
    quiet.addHandler(logging.NullHandler())
    tell(quiet, "delivery", id="x")


def test_of_an_endpoint_six_characters_are_shown():
    assert short("abcdefghijklmnopqrst") == "abcdef"


def test_lines_are_written_by_a_thread_and_all_of_them_before_the_end():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("aside")
    with write_aside(handler) as aside:
        logger.addHandler(aside)
        for number in range(50):
            tell(logger, "said", number=number)
    assert [json.loads(line)["number"] for line in stream.getvalue().splitlines()] == list(range(50))

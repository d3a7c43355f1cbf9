from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps, to_mapping
from hookscope.tools.save.load import load_fixture, load_fixtures
from hookscope_relay.errors import InputError

GOOD = Capture(delivery=make_delivery(body=b"\x00\xff"), provider="notion")
FILE = dumps(GOOD)


def changed(**delivery: object) -> str:
    mapping = to_mapping(GOOD)
    mapping["delivery"] |= delivery
    return json.dumps(mapping)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("notion/a-1.json", "notion/b-2.json", "stripe/c-3.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(FILE, "utf-8")
    (tmp_path / "notion/bad-4.json").write_text("{", "utf-8")
    (tmp_path / "notion/.a.json.123").write_text("{", "utf-8")
    (tmp_path / "notion/readme.md").write_text("x", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["notion/*.json"], ["a-1", "b-2", "bad-4"]),
        (["**/*.json"], ["a-1", "b-2", "bad-4", "c-3"]),
        (["."], ["a-1", "b-2", "bad-4", "c-3"]),
        (["stripe", "notion/a-1.json"], ["c-3", "a-1"]),
        (["notion/a-1.json", "notion/*.json"], ["a-1", "b-2", "bad-4"]),
    ],
)
def test_paths_directories_and_patterns_name_files_in_order(tree: Path, patterns: list[str], names: list[str]) -> None:
    loaded = load_fixtures(patterns, tree)
    assert [one.path.stem for one in loaded] == names
    for one in loaded:
        assert (one.capture is None) == (one.error is not None) == (one.path.stem == "bad-4")
        assert one.capture in (None, GOOD)


def test_an_absolute_pattern_works_too(tree: Path) -> None:
    assert [one.path.name for one in load_fixtures([str(tree / "stripe" / "*.json")])] == ["c-3.json"]


@pytest.mark.parametrize("name", ["nothing.json", "no*.json", "empty", "stripe/c-3.json/x", "a\x00b"])
def test_what_names_no_file_is_an_error_that_says_so(tree: Path, name: str) -> None:
    (tree / "empty").mkdir()
    (one,) = load_fixtures([name], tree)
    assert isinstance(one.error, InputError)
    assert one.error.remedy


def test_a_name_with_brackets_is_taken_as_it_is_first(tree: Path) -> None:
    (tree / "[x].json").write_text(FILE, "utf-8")
    (one,) = load_fixtures(["[x].json"], tree)
    assert one.capture == GOOD


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "is not JSON"),
        (FILE[:-40], "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 5000, "is not JSON"),
        ("!!python/object:os.system", "is not JSON"),
        ("[]", "the file"),
        ('{"format":"hookscope/2"}', "newer"),
        ('{"format":"hookscope/1"}', "delivery"),
        (changed(method="GET / HTTP/1.1\r\nX: y"), "delivery.method"),
        (changed(method=""), "delivery.method"),
        (changed(target="/\nx"), "delivery.target"),
        (changed(headers=[["a", "b"], ["c", "d\r\ne: f"]]), "delivery.headers[1]"),
        (changed(headers=[["a"]]), "delivery.headers[0]"),
        (changed(body={"base64": "%"}), "delivery.body.base64"),
        (changed(received_at="yesterday"), "delivery.received_at"),
    ],
)
def test_a_bad_file_gives_one_sentence_with_file_place_and_remedy(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        load_fixture(path)
    error = caught.value
    assert (str(path) in error.what, place in error.what, bool(error.remedy), error.exit_code) == (True, True, True, 2)
    assert "\n" not in str(error)


@pytest.mark.skipif(os.name != "posix", reason="no such files there")
@pytest.mark.parametrize("name", ["/dev/zero", "fifo"])
def test_what_is_no_file_is_not_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (one,) = load_fixtures([name], tmp_path)
    assert "is not a file" in str(one.error)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="larger than"):
        load_fixture(path)


@settings(max_examples=200, deadline=None)
@given(content=st.one_of(st.binary(max_size=60), st.integers(0, len(FILE)).map(lambda cut: FILE.encode()[:cut])))
def test_any_bytes_are_a_capture_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    (one,) = load_fixtures([path])
    assert (one.capture is None) == isinstance(one.error, InputError)


def test_loading_imports_nothing_heavy() -> None:
    """A delivery itself is msgspec's, which takes 8 ms."""
    look = "import sys, hookscope.tools.save.load; print([m for m in ('asyncio', 'aiohttp', 'textual', 'sqlite3', 'cryptography') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

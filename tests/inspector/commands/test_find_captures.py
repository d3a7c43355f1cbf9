from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from factories import make_delivery
from hookscope.commands.find_captures import find_captures, names_capture
from hookscope.config.settings import Settings, places
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.model.errors import NoSuchCapture
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.imports.keep import keep_all
from hookscope_relay.errors import InputError

IN_STORE = Capture(delivery=make_delivery(body=b"store"))
IN_FILE = Capture(delivery=make_delivery(body=b"file"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    environ = {"HOOKSCOPE_HOME": str(tmp_path / "home")}
    store = CaptureStore.open(places(environ).captures)
    keep_all(store, [IN_STORE], load_providers())
    store.close()
    for name in ("a.json", "1"):
        (tmp_path / name).write_text(dumps(IN_FILE), "utf-8")
    return Settings({}, environ, {}, {})


@pytest.mark.parametrize(
    ("name", "body"),
    [("1", b"store"), ("last", b"store"), (IN_STORE.delivery.id, b"store"), ("a.json", b"file"), ("./1", b"file")],
    ids=["a number", "last", "an id", "a file", "a file by its path"],
)
def test_a_name_is_a_capture_or_a_file(settings: Settings, name: str, body: bytes) -> None:
    assert [capture.delivery.body for capture in find_captures(settings, [name])] == [body]


def test_a_dash_is_standard_input(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(dumps(IN_FILE).encode())))
    assert find_captures(settings, ["-", "1"])[0].delivery == IN_FILE.delivery


def test_files_alone_need_no_store(settings: Settings, tmp_path: Path) -> None:
    elsewhere = Settings({}, {"HOOKSCOPE_HOME": str(tmp_path / "none")}, {}, {})
    find_captures(elsewhere, ["a.json"])
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("last", True),
        ("16", True),
        ("01ar", True),
        ("a.json", False),
        ("-", False),
        ("./1", False),
        ("path:/c", True),
        ("-status:2xx", True),
        ("C:/captures/a", False),
        ("http://127.0.0.1/a", False),
        ("gone.txt", False),
        ("", False),
    ],
)
def test_a_name_means_a_capture_where_it_can_mean_no_file(settings: Settings, name: str, named: bool) -> None:
    assert names_capture(name) is named


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("7", NoSuchCapture),
        ("zzz", NoSuchCapture),
        ("none/at/all.json", InputError),
        ("path:/c", NoSuchCapture),
        ("./", InputError),
        ("a\0", NoSuchCapture),
    ],
)
def test_what_is_not_there_is_told(settings: Settings, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        find_captures(settings, [name])

"""Recording, against a real `listen` process and against a store that a process like it fills."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope.model.capture_file import loads
from hookscope.pytest_plugin.record import arrived_since, folder_of
from hookscope.store.captures import CaptureStore
from plugin_projects.making import make_capture

pytest_plugins = ["pytester"]

ARRIVES = """
import asyncio, os, pathlib, sys
sys.path.insert(0, TESTS)
from hookscope.store.captures import CaptureStore
from plugin_projects.making import make_capture

def arrive(*ids, **changes):
    store = CaptureStore.open(pathlib.Path(os.environ["HOOKSCOPE_HOME"]) / "captures.db")
    async def keep():
        for id in ids:
            await store.keep(make_capture(id=id, **changes).delivery, origin="live")
    asyncio.run(keep())
    store.close()
""".replace("TESTS", repr(str(Path(__file__).parents[3])))
WITHIN_S = 20


@pytest.fixture
def home(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytester.makeini("[pytest]")
    # Nobody else's plugins: some of those installed for our own tests take a second of each process.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    home = pytester.path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOOKSCOPE_HOME", str(home))
    return home


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(
        "-p", "hookscope.pytest_plugin.plugin", "-Werror", "-p", "no:cacheprovider", *arguments
    )


def saved(project: pytest.Pytester, folder: str = "tests/fixtures/recorded") -> list[str]:
    root = project.path / folder
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("nodeid", "folder"),
    [
        ("tests/test_orders.py::test_paid", "test_orders.test_paid"),
        ("test_orders.py::TestPaid::test_it[a-b/../c]", "test_orders.TestPaid.test_it-a-b-..-c"),
        ("test_a.py::test_\u00e9[\x1b]", "test_a.test"),
        ("README.md", "README"),
        ("::..", "test"),
        ("test_a.py::" + "x" * 300, "test_a." + "x" * 93 + "-"),
    ],
)
def test_a_test_has_a_folder_that_leads_nowhere_else(nodeid: str, folder: str) -> None:
    assert folder_of(nodeid).startswith(folder)
    assert "/" not in folder_of(nodeid)
    assert len(folder_of(nodeid)) <= 110


async def test_what_arrived_since_is_told_in_order(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    for number in range(250):
        await store.keep(make_capture(id=f"01m5v{number:021}").delivery, origin="live")
    assert arrived_since(store, 3) == list(range(4, 251))
    assert arrived_since(store, 250) == []
    store.close()


def test_each_test_gets_what_arrived_while_it_ran(pytester: pytest.Pytester, home: Path) -> None:
    pytester.makepyfile(
        ARRIVES
        + """
import pytest

arrive("01m5v00000000000000000000b")

@pytest.fixture
def ordered():
    arrive("01m5v00000000000000000000c")
    yield
    arrive("01m5v00000000000000000000d")

def test_one(ordered):
    arrive("01m5v00000000000000000000e", target="/?token=abcdef0123456789abcdef")

def test_none():
    pass

def test_failed():
    arrive("01m5v00000000000000000000f")
    assert False
"""
    )
    result = run(pytester, "--hookscope-record")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["hookscope: 4 deliveries saved below *recorded"])
    files = saved(pytester)
    assert [file.partition("-")[0].rpartition("/")[0] for file in files] == [
        "test_each_test_gets_what_arrived_while_it_ran.test_failed/notion",
        *["test_each_test_gets_what_arrived_while_it_ran.test_one/notion"] * 3,
    ]
    content = "".join((pytester.path / "tests/fixtures/recorded" / file).read_text() for file in files)
    assert "abcdef0123456789abcdef" not in content
    assert all("page.created-" in file for file in files)


def test_another_folder_may_be_named(pytester: pytest.Pytester, home: Path) -> None:
    pytester.makepyfile(ARRIVES + '\ndef test_one():\n    arrive("01m5v00000000000000000000b")\n')
    run(pytester, "--hookscope-record=kept").assert_outcomes(passed=1)
    assert len(saved(pytester, "kept")) == 1


def test_what_is_under_way_is_waited_for(pytester: pytest.Pytester, home: Path) -> None:
    pytester.makepyfile(
        ARRIVES
        + """
import threading

def test_one():
    threading.Timer(0.2, arrive, ["01m5v00000000000000000000b"]).start()
"""
    )
    run(pytester, "--hookscope-record", "--hookscope-record-wait=1500ms").assert_outcomes(passed=1)
    assert len(saved(pytester)) == 1


def test_nothing_that_arrived_is_said(pytester: pytest.Pytester, home: Path) -> None:
    pytester.makepyfile("def test_one():\n    pass")
    result = run(pytester, "--hookscope-record")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"hookscope: nothing arrived during the tests; *looked into {home}/captures.db)"])
    assert not (pytester.path / "tests").exists()
    assert not (home / "captures.db").exists()


def test_what_cannot_be_saved_is_an_error_of_the_test(pytester: pytest.Pytester, home: Path) -> None:
    pytester.makepyfile(
        ARRIVES + '\ndef test_one():\n    arrive("01m5v00000000000000000000b")\n\ndef test_two():\n    pass\n'
    )
    (pytester.path / "kept").write_text("a file in the way")
    result = run(pytester, "--hookscope-record=kept")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*kept*cannot be written*"])


def test_a_damaged_store_is_an_error_in_one_sentence(pytester: pytest.Pytester, home: Path) -> None:
    (home / "captures.db").write_bytes(b"no database" * 100)
    pytester.makepyfile("def test_one():\n    pass")
    result = run(pytester, "--hookscope-record")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.no_fnmatch_line("*nothing arrived*")
    result.stdout.fnmatch_lines(["the capture database *captures.db is damaged *move it away*"])
    result.stdout.no_fnmatch_line("*During handling of*")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--hookscope-record", "test_a.py"], "*took 'test_a.py' for its folder; write --hookscope-record=DIR"),
        (["--hookscope-record", "--hookscope-record-wait=soon"], "*'soon' is not a duration such as 500ms or 2s"),
        (["--hookscope-record", "-pxdist", "-n2"], "*cannot tell which of several tests at once*leave out -n"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    pytester: pytest.Pytester, home: Path, arguments: list[str], sentence: str
) -> None:
    pytester.makepyfile(test_a="def test_one():\n    pass")
    result = run(pytester, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {sentence}"])


@contextlib.contextmanager
def listening(home: Path) -> Iterator[str]:
    """A `listen` process on an embedded relay; the URL that deliveries are sent to."""
    command = [sys.executable, "-m", "hookscope.cli", "listen", "--json", "--port", "0"]
    environment = {**os.environ, "HOOKSCOPE_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=home) as process:
        assert process.stdout is not None
        try:
            yield next(event["url"] for line in process.stdout if (event := json.loads(line))["type"] == "ready")
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            process.wait(WITHIN_S)


def test_a_running_listen_session_is_recorded(pytester: pytest.Pytester, home: Path) -> None:
    with listening(home) as url:
        pytester.makepyfile(
            f"""

import urllib.request

def test_one():
    body = b'{{"id":"evt_1","object":"event","type":"invoice.paid","customer_email":"ada@lovelace.example"}}'
    headers = {{"Stripe-Signature": "t=1,v1=00", "Authorization": "Bearer abcdefghijklmnop"}}
    request = urllib.request.Request({url!r} + "/stripe?x=1", body, headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300
"""
        )
        run(pytester, "--hookscope-record=kept").assert_outcomes(passed=1)
    [file] = saved(pytester, "kept")
    text = (pytester.path / "kept" / file).read_text()
    capture = loads(text)
    assert file.partition("/")[2].startswith("stripe/invoice.paid-")
    assert (capture.delivery.target, capture.provider) == ("/stripe?x=1", "stripe")
    assert "abcdefghijklmnop" not in text
    assert "ada@lovelace.example" not in text
    assert capture.redacted

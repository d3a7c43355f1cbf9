"""The command line: help, wrong words, exit codes."""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.cli import main
from hookscope.commands.command import load
from hookscope.commands.examples import EXAMPLES
from hookscope.config.settings import Settings
from hookscope.config.words import COMMANDS, GROUPS
from hookscope.model.errors import RelayRefused
from hookscope_relay.errors import HookscopeError


def missing(name: str) -> bool:
    return importlib.util.find_spec(f"hookscope.commands.{name}") is None


ALL = [
    pytest.param(name, marks=pytest.mark.skipif(missing(name), reason=f"hookscope.commands.{name} is not there"))
    for name in COMMANDS
]
all_there = pytest.mark.skipif(any(map(missing, COMMANDS)), reason="a command's module is not there")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("HOOKSCOPE_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ALL)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr()
    assert f"usage: hookscope {name}" in said.out
    assert f"examples:\n  {EXAMPLES[name][0][0]}" in said.out
    assert said.err == ""


@pytest.mark.parametrize("name", ALL)
def test_each_command_is_told_in_a_line(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert command.summary
    assert "\n" not in command.summary
    names = [option.name for option in command.options]
    assert len(set(names)) == len(names)


@all_there
def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in COMMANDS if not re.search(rf"^ +{name}\b", said, re.MULTILINE)] == []


@pytest.mark.parametrize(
    ("arguments", "same"), [(["help"], ["--help"]), (["help", "list"], ["list", "--help"])], ids=["whole", "a command"]
)
def test_help_is_a_word_too(arguments: list[str], same: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pages = []
    for line in (arguments, same):
        with pytest.raises(SystemExit):
            main(line)
        pages.append(capsys.readouterr().out)
    assert pages[0] == pages[1]


WRONG = [
    (["listen", "--no-such-option"], "--no-such-option"),
    (["listen", "--port", "many"], "'many' is not a whole number"),
    (["listen", "--timeout", "soon"], "'soon' is not a duration"),
    (["listen", "--away", "burn"], "none of store, refuse"),
    (["listen", "--plai"], "--plai"),
    (["listen", "a", "b"], "b"),
    (["listen", "--respond"], "--respond"),
    (["relay", "--bind", "0.0.0.0"], "--public-url"),
    (["listen", "http://u:p@h/"], "user name or password"),
    (["listen", "--endpoint", "../up"], "is not a name"),
    (["listen", "--answer", "99"], "--answer 99"),
]


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("hookscope: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_command_line_is_one_sentence_and_ends_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in one_sentence(capsys)


@all_there
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lisen"], "did you mean 'listen'?"),
        (["relya"], "did you mean 'relay'?"),
        (["endpoint", "shw"], "did you mean 'show'?"),
        (["listen", "--relai", "x"], "did you mean --relay?"),
        (["xyzzy"], "xyzzy"),
    ],
)
def test_a_misspelt_command(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in one_sentence(capsys)


def test_without_a_command_there_is_a_short_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    page = capsys.readouterr().out
    assert len(page.splitlines()) < 14
    for told in ("hookscope 3000", "hookscope demo", "hookscope verify last", "hookscope --help"):
        assert told in page


@pytest.mark.parametrize("handler", ["99999", "localhost:99999/hooks", "http://localhost:99999"])
def test_a_handler_alone_is_listened_for(handler: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([handler, "--plain"]) == 2
    assert "a port is a number from 1 to 65535" in one_sentence(capsys)


def test_a_broken_configuration_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "hookscope.toml").write_text("x = ")
    assert main(["listen"]) == 2
    assert str(home / "hookscope.toml") in one_sentence(capsys)


def test_a_project_that_widens_trust_ends_with_11(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "hookscope.toml").write_text("[listen]\nallow-remote = true")
    assert main(["listen"]) == 11
    assert "allow-remote" in one_sentence(capsys)


def raising(error: BaseException) -> object:
    def run(arguments: object) -> int:
        raise error

    return run


@pytest.mark.parametrize("kind", [HookscopeError, *HookscopeError.__subclasses__()])
def test_each_error_ends_with_its_own_code(
    kind: type[HookscopeError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hookscope.cli.run", raising(kind("it went wrong", "mend it")))
    assert main([]) == kind.exit_code
    assert one_sentence(capsys) == "hookscope: it went wrong; mend it\n"


def test_an_error_that_quotes_hostile_text_is_inert(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hookscope.cli.run", raising(RelayRefused("refused with \x1b[2J\nx")))
    assert main([]) == 5
    assert "\x1b" not in one_sentence(capsys)


def test_a_bug_of_ours_ends_with_3_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hookscope.cli.run", raising(ZeroDivisionError("x")))
    assert main([]) == 3
    assert "a bug of ours: ZeroDivisionError" in one_sentence(capsys)


def test_a_bug_has_its_traceback_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_DEBUG", "1")
    monkeypatch.setattr("hookscope.cli.run", raising(ZeroDivisionError("x")))
    with pytest.raises(ZeroDivisionError):
        main([])


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.cli.run", raising(KeyboardInterrupt()))
    assert main([]) == 130


SWALLOWED = """
import signal, sys, time
from hookscope import cli

class Swallows:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def run(arguments):
    Swallows()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(0.01)  # so that a signal finds it between two turns

cli.run = run
sys.exit(cli.main())
"""


def test_an_interrupt_that_the_interpreter_swallows_ends_it_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", SWALLOWED], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


def test_values_reach_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr("hookscope.apps.listen.listen", lambda settings: seen.append(settings) or 0)
    line = ["listen", "3000", "--allow-host", "a", "--allow-host", "b", "--timeout", "500ms", "--no-forwarded"]
    assert main(line) == 0
    (settings,) = seen
    assert settings.text("handler") == "3000"
    assert settings.many("allow-host") == ("a", "b")
    assert settings.number("timeout") == 0.5
    assert not settings.flag("forwarded")
    assert settings.text("endpoint") == "default"


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip().splitlines()[-1]


LOADED = """
import sys
from hookscope.cli import main
try:
    main([{arguments}])
except SystemExit:
    pass
print(sorted({{"textual", "aiohttp", "websockets", "cryptography"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "arguments", [pytest.param('"--help"', marks=all_there), '"--version"', '"listen", "--help"', '"rules", "--help"']
)
def test_help_loads_nothing_heavy(arguments: str) -> None:
    loaded = fresh(LOADED.format(arguments=arguments))
    assert "textual" not in loaded
    assert "aiohttp" not in loaded


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_output_that_lacks_our_marks_is_no_error(encoding: str) -> None:
    environ = os.environ | {"PYTHONIOENCODING": encoding}
    ended = subprocess.run(
        [sys.executable, "-m", "hookscope.cli", "doctor"], env=environ, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"? places: state in " in ended.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("arguments", [("rules",), ("endpoint", "make", "a"), ("doctor", "--json")])
def test_a_full_disk_ends_with_8_and_one_sentence(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "hookscope.cli", *arguments]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert ended.returncode == 8
    assert ended.stderr.splitlines() == [
        f"hookscope: something cannot be written ({os.strerror(errno.ENOSPC)}); make room, or write it elsewhere"
    ]


def test_the_help_groups_the_commands_by_what_one_wants_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    titles = [line[:-1] for line in said.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["first", *GROUPS]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["listen", "3000", "--bogus"], "--bogus; see `hookscope listen --help`"),
        (["listen", "3000", "--relai", "x"], "(did you mean --relay?); see `hookscope listen --help`"),
        (["lst"], "there is no command 'lst' (did you mean 'list'?); see `hookscope --help`"),
        (["frobnicate"], "there is no command 'frobnicate'; see `hookscope --help`"),
    ],
)
def test_a_wrong_word_is_answered_with_the_help_that_has_the_right_one(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err

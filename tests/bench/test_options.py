"""The contest's command line."""

from __future__ import annotations

import pytest

from contest.contenders.table import build, names
from contest.options import QUICK, Options, parse


def test_quick_changes_what_is_not_given():
    options = parse(["--quick", "--rounds", "7", "--only", "ssh,hookscope"])
    assert (options.rounds, options.seconds, options.only) == (7, QUICK.seconds, ("ssh", "hookscope"))


def test_without_options_everything_runs(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert parse([]) == Options()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "ssh,sssh"], "there is no 'sssh'; there are direct, nginx"),
        (["--scenarios", "c2"], "there is no 'c2'; there are c1, c16"),
        (["--hookscope", "old"], "'old' is no NAME=COMMAND"),
    ],
)
def test_a_name_that_does_not_exist_is_refused(arguments, told, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_the_handler_itself_is_always_measured():
    assert [one.name for one in build(["ssh"])] == ["direct", "ssh"]
    assert [one.name for one in build([])] == names()


def test_another_hookscope_takes_part_under_its_name():
    options = parse(["--only", "hookscope", "--hookscope", "old=/old/bin/hookscope"])
    one, two, other = build(options.only, options.hookscopes)
    assert (one.name, two.name, other.name, other.command) == ("direct", "hookscope", "old", "/old/bin/hookscope")

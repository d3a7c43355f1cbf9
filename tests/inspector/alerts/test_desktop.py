"""Which program shows a notice, and what a terminal shows it by."""

from __future__ import annotations

import pytest

from hookscope.alerts.desktop import OSASCRIPT, TOAST, desktop_command, terminal_notice

NASTY = ('a"; do shell script "x', "$(id) `id` --help\x1b]0;owned\x07")


def command(platform: str, environ: dict[str, str], *there: str) -> list[str] | None:
    return desktop_command(*NASTY, environ, lambda name: name if name in there else None, platform)


COMMANDS = {
    "a desktop": ("linux", {"DISPLAY": ":0"}, ("notify-send",), "notify-send"),
    "a desktop without the program": ("linux", {"DISPLAY": ":0"}, (), None),
    "no desktop": ("linux", {}, ("notify-send",), None),
    "a Mac": ("darwin", {}, ("osascript",), "osascript"),
    "Windows": ("win32", {}, ("powershell",), "powershell"),
    "Windows with the newer one": ("win32", {}, ("pwsh",), "pwsh"),
}


@pytest.mark.parametrize(("platform", "environ", "there", "program"), COMMANDS.values(), ids=COMMANDS)
def test_each_system_has_its_program(platform, environ, there, program):
    found = command(platform, environ, *there)
    assert (found[0] if found else None) == program


def test_a_text_is_never_part_of_a_script():
    for platform in ("darwin", "linux"):
        found = command(platform, {"DISPLAY": ":0"}, "osascript", "notify-send")
        assert found is not None
        assert found[-2:] == list(NASTY)
    windows = command("win32", {}, "powershell")
    assert windows is not None
    assert windows[-1] == TOAST
    assert not any("shell script" in part for part in (*windows, *OSASCRIPT))


TERMINALS = {
    "others": ({}, b"\x1b]777;notify;a, b;c\x07"),
    "iTerm2": ({"TERM_PROGRAM": "iTerm.app"}, b"\x1b]9;a; b: c\x07"),
    "inside tmux": ({"TMUX": "/tmp/x"}, b"\x1bPtmux;\x1b\x1b]777;notify;a, b;c\x07\x1b\\"),
}


@pytest.mark.parametrize(("environ", "written"), TERMINALS.values(), ids=TERMINALS)
def test_each_terminal_has_its_notice(environ, written):
    assert terminal_notice("a; b", "c", environ) == written


def test_nothing_in_a_text_ends_the_notice():
    written = terminal_notice("a\x07\x1b]0;x\x07", "b\x1b\\\x9c", {})
    assert written.count(b"\x1b") == 1
    assert written.count(b"\x07") == 1

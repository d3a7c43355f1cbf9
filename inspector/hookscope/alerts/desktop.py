"""A notice on the desktop: the program of the system that shows it, or what a terminal shows it by.

A text is an argument or a variable of its own, and never part of a script.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

Which = Callable[[str], str | None]

OSASCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)
# Reads title and text from the environment: there is nothing to quote.
TOAST = (
    "[Windows.UI.Notifications.ToastNotificationManager,Windows.UI.Notifications,ContentType=WindowsRuntime]|Out-Null;"
    "$x=[Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1);"
    "$t=$x.GetElementsByTagName('text');"
    "$t.Item(0).AppendChild($x.CreateTextNode($env:HOOKSCOPE_ALERT_NAME))|Out-Null;"
    "$t.Item(1).AppendChild($x.CreateTextNode($env:HOOKSCOPE_ALERT_TEXT))|Out-Null;"
    "[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('hookscope').Show("
    "[Windows.UI.Notifications.ToastNotification]::new($x))"
)
# Terminals that take the notice of iTerm2; all others, where they take any, that of urxvt.
OF_ITERM = frozenset({"iTerm.app", "WezTerm", "ghostty"})
MAX_TEXT = 300


def desktop_command(
    title: str, text: str, environ: Mapping[str, str], which: Which, platform: str = sys.platform
) -> list[str] | None:
    """The command that shows a notice; None where this system or this session has none."""
    if platform == "darwin" and which("osascript"):
        return ["osascript", *(part for one in OSASCRIPT for part in ("-e", one)), title, text]
    if platform == "win32":
        shell = which("powershell") or which("pwsh")
        return [shell, "-NoProfile", "-NonInteractive", "-Command", TOAST] if shell else None
    shown = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("DBUS_SESSION_BUS_ADDRESS")
    if shown and which("notify-send"):
        return ["notify-send", "--app-name=hookscope", "--", title, text]
    return None


def terminal_notice(title: str, text: str, environ: Mapping[str, str]) -> bytes:
    """What has a terminal show a notice: OSC 9, or OSC 777 of urxvt, foot and others; passed through tmux where it is
    in between. A terminal that knows neither shows nothing. Only printable characters are in it."""
    title, text = (_plain(one)[:MAX_TEXT] for one in (title, text))
    if environ.get("TERM_PROGRAM") in OF_ITERM or environ.get("LC_TERMINAL") == "iTerm2":
        notice = f"\x1b]9;{title}: {text}\x07"
    else:
        notice = f"\x1b]777;notify;{title.replace(';', ',')};{text}\x07"
    if environ.get("TMUX"):
        inner = notice.replace("\x1b", "\x1b\x1b")
        notice = f"\x1bPtmux;{inner}\x1b\\"
    return notice.encode()


def _plain(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)

from __future__ import annotations

import io

from hookscope.console.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_bar_and_then_nothing() -> None:
    terminal = Terminal()
    with ProgressBar(4, "saving", terminal) as progress:
        progress.step(4)
    drawn = terminal.getvalue()
    assert "saving ████████████████████████ 4/4" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_a_pipe_and_a_single_step_see_none() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    for stream, total in ((pipe, 5), (terminal, 1)):
        with ProgressBar(total, "saving", stream) as progress:
            progress.step()
    assert pipe.getvalue() == terminal.getvalue() == ""

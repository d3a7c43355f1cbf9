"""Writing a redacted report on a delivery, for a ticket."""

from __future__ import annotations

from pathlib import Path

from hookscope.tui.actions.command_settings import command_settings
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.ports import writable
from hookscope.tui.presentation.units import render_size
from hookscope_relay.errors import CannotWrite


def report(screen: ActionScreen) -> None:
    """Ask for a file, and write the report there, or copy it."""
    name = screen.chosen

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.work_on(Job("reporting", 1), lambda: _report(screen, name, answers.values[0]), quiet=True)

    def check(answers: Answers) -> str:
        if "\x00" in answers.values[0]:
            return "name a file"
        there = answers.values[0] and Path(answers.values[0]).expanduser().exists()
        return "that file is there already; name another one" if there else ""

    field = Field(label="File", value=f"report-{name}.md", hint="empty: the report is copied")
    note = "Markdown with what was sent, who answered, the findings and a curl line. Secrets are left out of it."
    screen.app.push_screen(QuestionScreen(f"Report on #{name}", [field], check, note=note), answered)


def _report(screen: ActionScreen, name: str, file: str) -> None:
    from hookscope.tools.report.run import report_on

    told = report_on(writable(screen.store), name, command_settings(screen.settings))
    content = told.encode("utf-8", "replace")
    if not file:
        screen.background.later(screen.app.copy_to_clipboard, content.decode())
        screen.background.later(screen.say, f"copied the report on #{name}, {render_size(len(content))}")
        return
    try:
        with Path(file).expanduser().open("xb") as target:
            target.write(content)
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}", "name another file") from None
    screen.background.later(screen.say, f"the report on #{name} is in {file}")

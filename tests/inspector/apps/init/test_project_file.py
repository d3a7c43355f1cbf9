from __future__ import annotations

import tomllib

from hookscope.apps.init.project_file import ProjectFile, render
from hookscope.commands.perform import known_options
from hookscope.config.toml_file import TomlFile, check_names

WHOLE = ProjectFile(
    handler="8000/hooks",
    why="Makefile",
    routes=("provider:stripe -> 3001",),
    only_path='/we"b',
    providers=("stripe",),
    secrets=("stripe: known",),
    dotenv=".env",
    fields=("customer.email", "é"),
    fixtures="tests/fixtures",
)


def test_a_whole_draft_says_what_was_wanted_and_nothing_that_nobody_reads() -> None:
    table = tomllib.loads(render(WHOLE))
    assert table == {
        "dotenv": ".env",
        "listen": {"to": "8000/hooks", "route": ["provider:stripe -> 3001"], "only-path": '/we"b'},
        "check": {"provider": "stripe"},
        "save": {"fixtures": "tests/fixtures"},
        "redaction": {"fields": ["customer.email", "é"]},
    }
    check_names(TomlFile(table=table), known_options())


def test_what_is_empty_is_left_out() -> None:
    assert tomllib.loads(render(ProjectFile())) == {}
    assert "check" not in tomllib.loads(render(ProjectFile(providers=("stripe", "github"))))


def test_where_the_handler_and_the_secrets_come_from_is_said() -> None:
    text = render(WHOLE)
    assert "# stripe: known" in text
    assert "the handler: Makefile" in text

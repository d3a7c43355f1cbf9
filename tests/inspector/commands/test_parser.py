from __future__ import annotations

import pytest

from hookscope.commands.command import load
from hookscope.commands.parser import build_parser, render_default, short_page, usage
from hookscope.config.option import Option
from hookscope.config.words import COMMANDS
from hookscope_relay.errors import InputError


def test_every_command_fits_one_parser() -> None:
    assert build_parser({name: load(name) for name in COMMANDS}).prog == "hookscope"


@pytest.mark.parametrize(
    ("name", "line"),
    [("list", "list [FILTER…]"), ("show", "show CAPTURE"), ("import", "import FILE…"), ("trust", "trust")],
)
def test_how_a_command_is_typed(name: str, line: str) -> None:
    assert usage(load(name)) == line


def test_a_page_of_help_has_the_examples_before_the_options() -> None:
    parser = build_parser({"wait": load("wait")})
    (page,) = [one.format_help() for one in parser._commands().values()]
    parts = ("usage: hookscope wait [OPTION…] [FILTER…]", "Waits", "examples:", "\narguments:", "\noptions:")
    assert sorted(parts, key=page.index) == list(parts)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["secret", "lst"], "ACTION: 'lst' is none of list, set, forget (did you mean 'list'?)"),
        (["secret", "xyzzy"], "ACTION: 'xyzzy' is none of list, set, forget;"),
        (["secret", "list", "--dotnev", ".env"], "did you mean --dotenv?"),
    ],
)
def test_a_word_that_is_none_names_what_is_near(arguments: list[str], says: str) -> None:
    parser = build_parser({"secret": load("secret")})
    parser.asked = "secret"
    with pytest.raises(InputError) as caught:
        parser.parse_args(arguments)
    assert says in str(caught.value)
    assert "see `hookscope secret --help`" in str(caught.value)


def test_a_flag_that_is_on_says_so() -> None:
    (page,) = [one.format_help() for one in build_parser({"listen": load("listen")})._commands().values()]
    assert "X-Forwarded-For, -Proto, -Host and -Prefix (on)" in " ".join(page.split())


@pytest.mark.parametrize(
    ("seconds", "written"), [(60.0, "1min"), (0.5, "0.5s"), (90.0, "90s"), (7200.0, "2h"), (86_400.0, "1d")]
)
def test_a_default_is_written_as_a_user_would(seconds: float, written: str) -> None:
    assert render_default(Option(name="x", help="", kind="duration", default=seconds)) == written


def test_the_short_page_fits_a_screen() -> None:
    assert len(short_page().splitlines()) < 14

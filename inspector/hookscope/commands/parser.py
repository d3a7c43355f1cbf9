"""The parser of command lines, made from the commands' tables, and the pages of help."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from hookscope.commands.command import Argument, Command, load
from hookscope.commands.examples import EXAMPLES, FIRST
from hookscope.config.option import Option, parse_value
from hookscope.config.words import COMMANDS, GROUPS
from hookscope.text.version import version
from hookscope_relay.errors import InputError

PURPOSE = "hookscope shows every webhook delivery, what went wrong with it, and who said so."
TITLES = {"positional arguments": "arguments"}
WIDTH = max(map(len, COMMANDS)) + 1
# Beyond this an example stands above what it is for.
WIDEST = 48
NARGS = {"one": None, "optional": "?", "any": "*", "some": "+"}
COUNTS = {"one": "{}", "optional": "[{}]", "any": "[{}…]", "some": "{}…"}
LONGEST_FIRST = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))


def build_parser(commands: dict[str, Command]) -> Parser:
    """The parser for the given commands; values stay text, so that every source of settings is read in one place."""
    parser = Parser(
        prog="hookscope", description="See every webhook delivery, what went wrong with it, and who said so."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for command in commands.values():
        sub = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.description or command.summary,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
            usage=f"hookscope {usage(command, options=' [OPTION…]')}",
        )
        sub.usual = EXAMPLES.get(command.name, ())
        for argument in command.arguments:
            _add_argument(sub, argument)
        for option in command.options:
            _add_option(sub, option)
    return parser


def read_line(commands: dict[str, Command], arguments: Sequence[str]) -> tuple[Command, dict[str, Any]]:
    """The command that a line names, and the values that it gives; `InputError` for nonsense."""
    parser = build_parser(commands)
    parser.asked = arguments[0] if arguments[0] in COMMANDS else ""
    given = vars(parser.parse_args(arguments))
    command = commands[given.pop("command")]
    values = {option.name: _convert(option, given[option.name]) for option in command.options if option.name in given}
    return command, values | {argument.name: given.get(argument.name) for argument in command.arguments}


def usage(command: Command, options: str = "") -> str:
    """The command's name and its arguments as they are typed; `options` stands between them."""
    arguments = (COUNTS[one.count].format(one.name.upper()) for one in command.arguments)
    return " ".join((command.name + options, *arguments))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(version_line())
        parser.exit()


def version_line() -> str:
    """Which hookscope this is."""
    return f"hookscope {version()}"


class Parser(argparse.ArgumentParser):
    """Raises `InputError`, and has a short page of commands in groups; `asked` is the command that is named."""

    asked = ""
    usual: Sequence[tuple[str, str]] = ()
    """Examples of the command, shown before its options."""

    def error(self, message: str) -> NoReturn:
        prog = f"{self.prog} {self.asked}" if self.asked else self.prog
        raise InputError(_did_you_mean(message, self._options()), f"see `{prog} --help`")

    def format_help(self) -> str:
        """The usual help of a command; of the whole, the commands by what one wants to do."""
        commands = self._commands()
        if commands:
            return _grouped(commands)
        formatter = self._get_formatter()
        formatter.add_text(self.description)
        examples = "\n".join(("examples:", *_examples(self.usual), "", "")) if self.usual else ""
        rest = self._get_formatter()
        for group in self._action_groups:
            rest.start_section(TITLES.get(str(group.title), group.title))
            rest.add_arguments(group._group_actions)
            rest.end_section()
        return f"{self.format_usage()}\n{formatter.format_help()}\n{examples}{rest.format_help()}"

    def _commands(self) -> Mapping[str, Parser]:
        found = [action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return found[0] if found else {}

    def _options(self) -> list[str]:
        asked = self._commands().get(self.asked, self)
        return [name for action in asked._actions for name in action.option_strings]


def short_page() -> str:
    """What stands for a command line without a word: the first commands that a newcomer needs."""
    return "\n".join((PURPOSE, "", *_examples(FIRST), "", "All commands: hookscope --help", ""))


def _examples(lines: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(line) for line, _ in lines)
    wide = width > WIDEST
    return [f"  {line}" + (f"\n      {what}" if wide else f"{'':{width - len(line)}}  {what}") for line, what in lines]


def _grouped(commands: Mapping[str, Parser]) -> str:
    lines = [PURPOSE, "", "usage: hookscope COMMAND …", "", "first:", *_examples(FIRST)]
    for title, names in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {name:<{WIDTH}} {load(name).summary}" for name in names if name in commands)]
    return "\n".join(
        [
            *lines,
            "",
            "`hookscope COMMAND --help` has its options and examples; `hookscope --version` says which this is.",
            "",
        ]
    )


def _did_you_mean(message: str, options: Sequence[str]) -> str:
    import difflib  # costs 2 ms, and few err

    wrong = message.partition("invalid choice: '")[2].partition("'")[0]
    if wrong and "COMMAND" in message:
        close = difflib.get_close_matches(wrong, COMMANDS, 1)
        return f"there is no command {wrong!r}" + (f" (did you mean {close[0]!r}?)" if close else "")
    if wrong:
        what = message.removeprefix("argument ").partition(":")[0]
        choices = re.findall(r"[\w-]+", message.partition("(choose from ")[2])
        close = difflib.get_close_matches(wrong, choices, 1)
        near = f" (did you mean {close[0]!r}?)" if close else ""
        return f"{what}: {wrong!r} is none of {', '.join(choices)}{near}"
    option = message.partition("unrecognized arguments: ")[2].partition(" ")[0].partition("=")[0]
    close = difflib.get_close_matches(option, options, 1, 0.7) if option.startswith("--") else []
    return f"{message} (did you mean {close[0]}?)" if close else message


def _add_argument(parser: argparse.ArgumentParser, argument: Argument) -> None:
    options: dict[str, Any] = {"choices": argument.choices} if argument.choices else {}
    parser.add_argument(
        argument.name,
        nargs=NARGS[argument.count],
        help=argument.help,
        metavar=argument.name.upper(),
        default=None,
        **options,
    )


def _standing(option: Option) -> str:
    return "on" if option.kind == "flag" else f"default {render_default(option)}"


def render_default(option: Option) -> str:
    """An option's default as a user would write it."""
    return render_value(option, option.default)


def render_value(option: Option, value: Any) -> str:
    """A value of an option as a user would write it."""
    if option.kind == "flag":
        return "on" if value else "off"
    if option.kind != "duration":
        return str(value)
    count, unit = next((value / size, unit) for unit, size in LONGEST_FIRST if value >= size or unit == "s")
    return f"{count:g}{unit}" if count == int(count) or unit == "s" else f"{value:g}s"


def _add_option(parser: argparse.ArgumentParser, option: Option) -> None:
    flags = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    shown = option.help if option.default in (None, "", False) else f"{option.help} ({_standing(option)})"
    keywords: dict[str, Any] = {"dest": option.name, "help": shown.replace("%", "%%")}
    if option.kind == "flag":
        keywords["action"] = argparse.BooleanOptionalAction if option.default else "store_true"
    else:
        keywords["metavar"] = option.metavar or option.name.upper().replace("-", "_")
        keywords["action"] = "append" if option.repeat else "store"
        if option.implied:
            keywords |= {"nargs": "?", "const": option.implied}
    parser.add_argument(*flags, **keywords)


def _convert(option: Option, value: Any) -> Any:
    if option.kind == "flag":
        return value
    if option.repeat:
        return [parse_value(option, text, f"--{option.name}") for text in value]
    return parse_value(option, value, f"--{option.name}")

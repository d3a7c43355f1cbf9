"""The `hookscope` command: reads the command line, resolves the settings, runs one command,
turns errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Option, parse_value, resolve
from hookscope.config.words import COMMANDS, GROUPS
from hookscope.text.safe import safe_text
from hookscope_relay.errors import CannotWrite, HookscopeError, InputError

# `hookscope 3000`, `hookscope localhost:3000/path`, `hookscope http://localhost:3000`: what `listen` takes, and no
# command's name.
HANDLER = re.compile(r"[0-9]{1,5}(/.*)?|https?://.+|[A-Za-z0-9.\-\[\]:]+:[0-9]{1,5}(/.*)?")
SHORT = """hookscope shows every webhook delivery, what went wrong with it, and who said so.

  hookscope 3000          receive deliveries, hand them to localhost:3000, and explain them (as hookscope listen 3000)
  hookscope demo          see it at work with a handler that has real faults
  hookscope list          what was captured; `hookscope show last` shows one in full
  hookscope replay last   hand a delivery over again
  hookscope verify last   why a signature does not verify

All commands: hookscope --help
"""

NARGS = {"one": None, "optional": "?", "any": "*", "some": "+"}
LONGEST_FIRST = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
OUR_BUG = 3
INTERRUPTED = 130
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process's exit code."""
    _print_whatever_comes()
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except HookscopeError as error:
        # An error may quote what a relay or a file said: no byte of it may act on the terminal.
        _tell(f"hookscope: {safe_text(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`).
        _forget_output()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            _forget_output()
            _tell(f"hookscope: something cannot be written ({error.strerror}); make room, or write it elsewhere")
            return CannotWrite.exit_code
        if os.environ.get("HOOKSCOPE_DEBUG"):
            raise
        _tell(
            f"hookscope: a bug of ours: {type(error).__name__}: {safe_text(str(error))}; set HOOKSCOPE_DEBUG=1 and"
            " report it"
        )
        return OUR_BUG


def _print_whatever_comes() -> None:
    """Marks and arrows that an output's encoding lacks (a Windows code page, LC_ALL=C) become question marks,
    and no error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_output() -> None:
    """What could not be written is still in the buffer: Python must not try it again at exit, and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    """Print to standard error; where that cannot be written (its disk is full),
    the exit code still says what happened."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; errors propagate. A handler in the place of a command is listened for."""
    if not arguments or list(arguments) == ["help"]:
        print(SHORT, end="")
        return 0
    if HANDLER.fullmatch(arguments[0]):
        arguments = ["listen", *arguments]
    commands = {name: load(name) for name in _wanted(arguments)}
    parser = build_parser(commands)
    parser.asked = arguments[0] if arguments[0] in COMMANDS else ""
    given = vars(parser.parse_args(arguments))
    command = commands[given.pop("command")]
    values = {option.name: _convert(option, given[option.name]) for option in command.options if option.name in given}
    for argument in command.arguments:
        values[argument.name] = given.get(argument.name)
    settings = resolve(command.options, values, os.environ, command.name, known=known_options)
    for note in settings.notes:
        _tell(f"hookscope: {safe_text(note)}")
    return command.run(settings)


def known_options() -> dict[str, frozenset[str]]:
    """The options of every command: what configuration files may speak of."""
    return {name: frozenset(option.name for option in load(name).options) for name in COMMANDS}


def load(name: str) -> Command:
    """The command of that name."""
    command: Command = importlib.import_module(f"hookscope.commands.{name}").COMMAND
    return command


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
        )
        for argument in command.arguments:
            _add_argument(sub, argument)
        for option in command.options:
            _add_option(sub, option)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib import metadata  # costs 20 ms, and few ask

        print(f"hookscope {metadata.version('hookscope')}")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Raises `InputError`, and has a short page of commands in groups; `asked` is the command that is named."""

    asked = ""

    def error(self, message: str) -> NoReturn:
        prog = f"{self.prog} {self.asked}" if self.asked else self.prog
        raise InputError(_did_you_mean(message, self._options()), f"see `{prog} --help`")

    def format_help(self) -> str:
        """The usual help of a command; of the whole, the commands by what one wants to do."""
        commands = self._commands()
        return _grouped(commands) if commands else super().format_help()

    def _commands(self) -> Mapping[str, Parser]:
        found = [action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return found[0] if found else {}

    def _options(self) -> list[str]:
        asked = self._commands().get(self.asked, self)
        return [name for action in asked._actions for name in action.option_strings]


def _grouped(commands: Mapping[str, Parser]) -> str:
    lines = ["See every webhook delivery, what went wrong with it, and who said so.", "", "usage: hookscope COMMAND …"]
    for title, names in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {name:<10} {load(name).summary}" for name in names if name in commands)]
    return "\n".join(
        [*lines, "", "`hookscope COMMAND --help` has its options; `hookscope --version` says which this is.", ""]
    )


def _did_you_mean(message: str, options: Sequence[str]) -> str:
    import difflib  # costs 2 ms, and few err

    wrong = message.partition("invalid choice: '")[2].partition("'")[0]
    if wrong and "COMMAND" in message:
        close = difflib.get_close_matches(wrong, COMMANDS, 1)
        return f"there is no command {wrong!r}" + (f", did you mean {close[0]!r}?" if close else "")
    option = message.partition("unrecognized arguments: ")[2].partition(" ")[0].partition("=")[0]
    close = difflib.get_close_matches(option, options, 1, 0.7) if option.startswith("--") else []
    return f"{message}, did you mean {close[0]}?" if close else message


def _wanted(arguments: Sequence[str]) -> tuple[str, ...]:
    """Only the named command's module, where the first word names one: start-up stays quick."""
    first = arguments[0] if arguments else ""
    return (first,) if first in COMMANDS else COMMANDS


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


def render_default(option: Option) -> str:
    """An option's default as a user would write it."""
    if option.kind != "duration":
        return str(option.default)
    count, unit = next(
        (option.default / size, unit) for unit, size in LONGEST_FIRST if option.default >= size or unit == "s"
    )
    return f"{count:g}{unit}" if count == int(count) or unit == "s" else f"{option.default:g}s"


def _add_option(parser: argparse.ArgumentParser, option: Option) -> None:
    flags = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    shown = option.help if option.default in (None, "", False) else f"{option.help} (default {render_default(option)})"
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


if __name__ == "__main__":
    sys.exit(main())

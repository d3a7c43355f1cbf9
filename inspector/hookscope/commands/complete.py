"""What could come next on a command line that is being typed: the shells' completion scripts ask for it.

The question is `hookscope __complete WORD… =CURRENT`: the words before the cursor, and behind an equals sign (no shell
drops it then) what there is of the one at the cursor. The answer is a line that says which paths the shell should add
(`none`, `files` or `folders`), and a line for each candidate: the word, a tab, and what it means.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from hookscope.commands.command import Argument, Command, load
from hookscope.config.option import Option
from hookscope.config.settings import places
from hookscope.config.words import COMMANDS

NEWEST = 50
SHELLS = ("bash", "zsh", "fish", "powershell")


class Candidate(NamedTuple):
    """A word that could stand at the cursor, and what it means."""

    word: str
    means: str = ""


class Typed(NamedTuple):
    """A command line up to the cursor: its command, what was given of it, and the word being typed."""

    command: str
    arguments: tuple[str, ...]
    word: str


Source = Callable[[Typed], Iterator[Candidate]]


def answer(words: Sequence[str]) -> str:
    """The lines for the words that the shell gives; a word is never unknown, at worst nothing follows."""
    *before, current = words or ("=",)
    current = current.removeprefix("=")
    paths, candidates = _complete(before, current)
    fitting = dict.fromkeys(one for one in candidates if one.word.startswith(current))
    return "\n".join((paths, *(f"{_inert(word)}\t{_inert(means)}" for word, means in fitting), ""))


def _inert(text: str) -> str:
    from hookscope.text.safe import safe_text

    return safe_text(text)


def _complete(before: Sequence[str], current: str) -> tuple[str, Iterator[Candidate]]:
    if not before or before == ["help"]:
        whole = () if before else (Candidate("--help"), Candidate("--version"))
        return "none", chain(_commands(), whole)
    name = before[0] if before[0] in COMMANDS else "listen" if before[0][0].isdigit() or ":" in before[0] else ""
    if not name:
        return "none", iter(())
    command = load(name)
    options = {flag: option for option in command.options for flag in _flags(option)}
    arguments, pending = _given(before[1:] if name == before[0] else before, options)
    line = Typed(name, arguments, current)
    flag, equals, _ = current.partition("=")
    if pending is not None:
        return _of(_of_option(pending), line)
    if equals and flag in options:
        paths, found = _of(_of_option(options[flag]), line._replace(word=current[len(flag) + 1 :]))
        return paths, (Candidate(f"{flag}={word}", means) for word, means in found)
    if current.startswith("-"):
        used = {word.partition("=")[0] for word in before}
        left = (flag for flag, option in options.items() if option.repeat or flag not in used)
        return "none", (Candidate(flag, options[flag].help) for flag in left if flag.startswith("--"))
    argument = _argument_at(command, len(arguments))
    return _of(_of_argument(name, argument), line) if argument else ("none", iter(()))


def _flags(option: Option) -> tuple[str, ...]:
    short = (f"-{option.short}",) if option.short else ()
    off = (f"--no-{option.name}",) if option.kind == "flag" and option.default else ()
    return (f"--{option.name}", *off, *short)


def _given(words: Sequence[str], options: Mapping[str, Option]) -> tuple[tuple[str, ...], Option | None]:
    """The arguments among the words, and the option whose value is being typed."""
    arguments: list[str] = []
    pending: Option | None = None
    for word in words:
        option = options.get(word)
        if pending is not None:
            pending = None
        elif option is not None:
            pending = option if option.kind != "flag" and not option.implied else None
        elif not word.startswith("--"):
            arguments.append(word)
    return tuple(arguments), pending


def _argument_at(command: Command, place: int) -> Argument | None:
    """The argument that stands at a place; one that takes many takes all that follow."""
    for number, argument in enumerate(command.arguments):
        if number == place or argument.count in ("any", "some"):
            return argument
    return None


def _of_option(option: Option) -> Sequence[str | Source]:
    if option.choices:
        return option.choices
    default: Sequence[str | Source] = ("files",) if option.metavar == "FILE" else ()
    return OPTIONS.get(option.name, default)


def _of_argument(command: str, argument: Argument) -> Sequence[str | Source]:
    return argument.choices or ARGUMENTS.get(f"{command} {argument.name}", ARGUMENTS.get(argument.name, ()))


def _of(sources: Sequence[str | Source], line: Typed) -> tuple[str, Iterator[Candidate]]:
    """Words stand for themselves, save those that ask the shell for paths."""
    paths = next((one for one in sources if one in ("files", "folders")), "none")
    found = (one(line) if callable(one) else iter((Candidate(one),)) for one in sources if one != paths)
    return str(paths), chain.from_iterable(found)


def _commands() -> Iterator[Candidate]:
    for name in COMMANDS:
        yield Candidate(name, load(name).summary)


def _captures(_: Typed) -> Iterator[Candidate]:
    from hookscope.store.glance import newest_captures

    found = newest_captures(places(os.environ).captures, NEWEST)
    if found:
        yield Candidate("last", "the newest of them")
    for one in found:
        outcome = one.failure or str(one.status or "")
        told = (one.method, one.target, outcome, one.provider, one.event_type)
        yield Candidate(str(one.number), " ".join(part for part in told if part))


def _fixtures(_: Typed) -> Iterator[Candidate]:
    """What `hookscope save` wrote below the folder of tests."""
    for path in sorted(Path("tests").glob("**/fixtures/**/*.json"))[:NEWEST]:
        yield Candidate(path.as_posix(), "fixture")


def _handlers(_: Typed) -> Iterator[Candidate]:
    from hookscope.store.glance import newest_handlers

    for url in newest_handlers(places(os.environ).captures, NEWEST):
        yield Candidate(url.removeprefix("http://"), "got deliveries before")


def _providers(_: Typed) -> Iterator[Candidate]:
    from hookscope.config.look_up import USER_FILE
    from hookscope.config.settings import read_file, read_project_file
    from hookscope.providers.registry import all_providers
    from hookscope_relay.errors import HookscopeError

    try:
        known = all_providers(read_file(places(os.environ).config / USER_FILE), read_project_file(Path.cwd()))
    except HookscopeError:
        known = all_providers({}, {})
    for name in known.names:
        yield Candidate(name, str(known.tables[name].get("title", "")))


def _events(line: Typed) -> Iterator[Candidate]:
    from hookscope.tools.samples.load import load_samples

    provider = line.arguments[0] if line.arguments else ""
    for sample in load_samples(provider) if provider.replace("-", "").isalnum() else ():
        yield Candidate(sample.event, f"a sample of {provider}")


def _endpoints(_: Typed) -> Iterator[Candidate]:
    from hookscope.config.endpoint_keys import names

    return map(Candidate, names(places(os.environ).endpoints))


def _rules(_: Typed) -> Iterator[Candidate]:
    from hookscope.diagnosis.registry import CALL_RULES, RULES

    yield from (Candidate(code, rule.summary) for code, rule in RULES.items())
    yield from (Candidate(code, rule.summary) for code, rule in CALL_RULES.items())


def _filters(line: Typed) -> Iterator[Candidate]:
    """The keys of the filter language, and behind a colon the values of one."""
    from hookscope.tools.filters.completion import complete
    from hookscope.tools.filters.keys import KEYS

    known = {"provider": [one.word for one in _providers(line)]} if "provider:" in line.word else {}
    for word in complete(line.word, len(line.word), known):
        key = KEYS.get(word.lstrip("-").partition(":")[0])
        yield Candidate(word, key.means.partition(";")[0] if key and word.endswith(":") else "")


def _apis(_: Typed) -> Iterator[Candidate]:
    import tomllib

    import hookscope.api as room

    table = tomllib.loads((Path(room.__path__[0]) / "apis.toml").read_text("utf-8"))
    for name, api in table.items():
        yield Candidate(name, str(api.get("title", "")))


def _programs(_: Typed) -> Iterator[Candidate]:
    from hookscope.public.program import NAMES

    return map(Candidate, ("auto", *NAMES))


# By an argument's name, or its command's and its own: what it takes; `files` and `folders` are the shell's to find.
ARGUMENTS: Mapping[str, Sequence[str | Source]] = {
    "capture": (_captures,),
    "replay capture": (_captures, _fixtures, "files"),
    "export capture": (_captures, _fixtures, "files"),
    "save capture": (_captures, "folders"),
    "a": (_captures, "files"),
    "b": (_captures, "files"),
    "good": (_captures, "files"),
    "bad": (_captures, "files"),
    "file": (_captures, _fixtures, "files"),
    "import file": ("files",),
    "diagnose file": (_captures, _fixtures, "files"),
    "directory": ("folders",),
    "handler": (_handlers,),
    "filter": (_filters,),
    "provider": (_providers,),
    "event": (_events,),
    "code": (_rules,),
    "program": ("files",),
    "providers name": (_providers,),
    "endpoint name": (_endpoints,),
    "completion shell": SHELLS,
    "api what": (_apis, _captures),
}
# By an option's name: what it takes; one with choices offers those.
OPTIONS: Mapping[str, Sequence[str | Source]] = {
    "provider": (_providers,),
    "event": (_events,),
    "endpoint": (_endpoints,),
    "where": (_filters,),
    "until": (_filters,),
    "to": (_handlers,),
    "direct": (_handlers,),
    "api": (_apis,),
    "public": (_programs,),
    "output": ("files",),
    "database": ("files",),
}

"""The tools that an agent gets, in one table: each is a command of hookscope, and nothing of it that widens trust.

What an agent gives is a stranger's word, since it may repeat what a sender wrote: captures are named by number, id or
`last` and never by a file's path, text stands behind `--` or an equals sign and is never taken for an option, and
handlers on other machines cannot be named.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hookscope.config.project import is_inside
from hookscope.model.handler import parse_handler
from hookscope_relay.errors import InputError

Arguments = Mapping[str, Any]  # Any: JSON values that an agent wrote; `text_of` and `whole_of` check each

CAPTURE = re.compile(r"last|[0-9][0-9A-Za-z]{0,25}")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LONGEST = 2000
MOST_LISTED = 200
LONGEST_WAIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTool:
    """A tool: what it is for, its parameters as JSON Schemas by name, and the command line that it stands for.

    One that `acts` sends to a handler or writes a file: it needs --allow-replay. `shown` is what a read-only server
    does in its place, where there is such a thing.
    """

    name: str
    description: str
    parameters: Mapping[str, Mapping[str, Any]]
    line: Callable[[Arguments], Sequence[str]]
    required: Sequence[str] = ()
    acts: bool = False
    shown: Callable[[Arguments], Sequence[str]] | None = None
    schema: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        schema = {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }
        object.__setattr__(self, "schema", schema)


def text_of(given: Arguments, name: str, form: re.Pattern[str] | None = None) -> str:
    """A text that the agent gave, empty where it gave none; `InputError` for one of another form."""
    value = given.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        raise InputError(f"{name} is not a text of at most {LONGEST} characters", "give one")
    if value and form is not None and not form.fullmatch(value):
        raise InputError(f"{name}: {value[:60]!r} has not the form {form.pattern}", "see the tool's description")
    return value


def whole_of(given: Arguments, name: str, usual: int, most: int) -> int:
    """A whole number that the agent gave, at least 1."""
    value = given.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise InputError(f"{name} is not a whole number from 1 to {most}", "give one")
    return value


def _capture(given: Arguments) -> str:
    name = text_of(given, "capture", CAPTURE)
    if not name:
        raise InputError("capture is missing", "give a number of `list`, the beginning of an id, or last")
    # A number and `last` mean no file; the beginning of an id would, where one is here.
    if not (name == "last" or name.isdigit()) and os.path.lexists(name):
        raise InputError(f"capture: {name} is a file here", "give a number of `list`, or last")
    return name


def _handler(given: Arguments, name: str) -> str:
    """A handler on this machine: another's name would be asked for of whoever answers for it, plan or no plan."""
    text = text_of(given, name)
    if text and (host := parse_handler(text).host).lower() != "localhost" and not _is_loopback(host):
        raise InputError(f"{name}: {text[:60]!r} is not on this machine", "give it as 3000 or localhost:3000/path")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _to(given: Arguments) -> list[str]:
    return [f"--to={handler}"] if (handler := _handler(given, "to")) else []


def _filter(given: Arguments) -> list[str]:
    return text_of(given, "filter").split()


def _named(given: Arguments, *options: str) -> list[str]:
    forms = {"provider": NAME}
    return [f"--{name}={value}" for name in options if (value := text_of(given, name, forms.get(name)))]


def _fixtures(given: Arguments) -> str:
    """The folder of fixtures, which lies below the current one."""
    name = text_of(given, "directory") or "tests/fixtures"
    if not is_inside(Path.cwd(), name):
        raise InputError(f"directory: {name!r} is not inside the project", "name a folder below the current one")
    return f"./{name}"


TEXT = {"type": "string"}
A_CAPTURE = {
    "type": "string",
    "description": "a delivery's number as `list` shows it, the beginning of its id, or last",
}
A_FILTER = {
    "type": "string",
    "description": "such as `is:failed since:1h`, `status:4xx`, `provider:notion type:page.*`, `path:/webhooks`;"
    " terms are joined by and, a minus in front means not",
}
A_PROVIDER = {"type": "string", "description": "who sends, such as notion; recognised where it is not given"}
A_HANDLER = {"type": "string", "description": "a handler on this machine: 3000, localhost:3000/path"}

TOOLS: tuple[AgentTool, ...] = (
    AgentTool(
        name="list",
        description="List captured webhook deliveries, a JSON object a line, the newest last: number, request,"
        " provider, status or failure, and the cause of what went wrong. Begin here.",
        parameters={"filter": A_FILTER, "limit": {"type": "integer", "description": "how many, 20 unless given"}},
        line=lambda given: (
            "list",
            "--json",
            f"--limit={whole_of(given, 'limit', 20, MOST_LISTED)}",
            "--",
            *_filter(given),
        ),
    ),
    AgentTool(
        name="show",
        description="Show one delivery in full, secrets redacted: request, every attempt with the handler's answer, the"
        " findings on it, and the handler's own API calls.",
        parameters={"capture": A_CAPTURE},
        required=("capture",),
        line=lambda given: ("show", "--json", "--redacted", "--", _capture(given)),
    ),
    AgentTool(
        name="diagnose",
        description="Say what went wrong with one delivery, which layer answered (sender, edge, waf, reverse-proxy,"
        " tunnel, framework, handler …), on which evidence, and what to do.",
        parameters={"capture": A_CAPTURE},
        required=("capture",),
        line=lambda given: ("diagnose", "--json", "--", _capture(given)),
    ),
    AgentTool(
        name="verify",
        description="Verify one delivery's signature with the secrets that hookscope knows; where it does not hold, say"
        " which mistake explains it (another secret, a changed body, an old timestamp …).",
        parameters={"capture": A_CAPTURE, "provider": A_PROVIDER},
        required=("capture",),
        line=lambda given: ("verify", "--json", *_named(given, "provider"), "--", _capture(given)),
    ),
    AgentTool(
        name="probe",
        description="Tell the causes of a failure apart by a few changed re-sends to its handler. A read-only server"
        " shows the plan and sends nothing.",
        parameters={"capture": A_CAPTURE, "to": A_HANDLER},
        required=("capture",),
        acts=True,
        line=lambda given: ("probe", "--json", "--yes", *_to(given), "--", _capture(given)),
        shown=lambda given: ("probe", "--json", "--plan", *_to(given), "--", _capture(given)),
    ),
    AgentTool(
        name="replay",
        description="Send one captured delivery to its handler again, as it was, and say what became of it. With"
        " `resign` it gets a fresh signature by a secret that hookscope knows.",
        parameters={"capture": A_CAPTURE, "to": A_HANDLER, "resign": {"type": "boolean"}},
        required=("capture",),
        acts=True,
        line=lambda given: (
            "replay",
            "--json",
            *(["--resign"] if given.get("resign") is True else []),
            *_to(given),
            "--",
            _capture(given),
        ),
    ),
    AgentTool(
        name="check",
        description="Put a handler through its provider's paces with about 70 deliveries (right, forged and broken"
        " ones), and name what is wrong with it.",
        parameters={"handler": A_HANDLER, "provider": A_PROVIDER},
        required=("handler", "provider"),
        acts=True,
        line=lambda given: ("check", "--json", *_named(given, "provider"), "--", _handler(given, "handler")),
    ),
    AgentTool(
        name="save",
        description="Save one delivery as a redacted fixture for tests, in a folder of the current project.",
        parameters={
            "capture": A_CAPTURE,
            "directory": {"type": "string", "description": "tests/fixtures unless given"},
        },
        required=("capture",),
        acts=True,
        line=lambda given: ("save", "--json", "--", _capture(given), _fixtures(given)),
    ),
    AgentTool(
        name="wait",
        description="Wait until a delivery comes that meets a filter, while `hookscope listen` runs: exit code 0 when"
        " it came, 1 when it came and ended otherwise, 13 when the time ran out.",
        parameters={
            "filter": A_FILTER,
            "timeout_s": {"type": "integer", "description": f"30 unless given, at most {LONGEST_WAIT_S}"},
        },
        line=lambda given: (
            "wait",
            "--json",
            f"--timeout={whole_of(given, 'timeout_s', 30, LONGEST_WAIT_S)}s",
            "--",
            *_filter(given),
        ),
    ),
)

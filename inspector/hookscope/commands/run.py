"""`hookscope run`: a handler, started with its clients pointed at the gateway of a session."""

from __future__ import annotations

from hookscope.commands.command import Argument, Command
from hookscope.commands.listen import API, API_PORT
from hookscope.config.settings import Option, Settings

REACHED_WITHIN_S = 2.0
EXTRA = "hookscope[intercept]"


def run(settings: Settings) -> int:
    """Become the program; returns only where it cannot be started."""
    import os
    import sys

    from hookscope.api.directory import parse_apis
    from hookscope.api.environment import variables
    from hookscope.text.safe import safe_text
    from hookscope_relay.errors import InputError

    if settings.many("intercept"):
        raise InputError(
            f"--intercept needs an intercepting proxy, which is not part of this installation ({EXTRA})",
            "name the API with --api and read its variable in the client, which needs no proxy",
        )
    apis = parse_apis(settings.many("api"))
    if not apis:
        raise InputError("no API is named", "add --api notion, as `hookscope listen` has it")
    port = settings.whole("api-port")
    if not is_there(port):
        told = f"nothing listens at 127.0.0.1:{port}: calls will fail until `hookscope listen --api {next(iter(apis))}` runs"
        print(f"hookscope: {told}", file=sys.stderr)
    added = variables(apis.values(), f"http://127.0.0.1:{port}")
    print(f"hookscope: {' '.join(f'{name}={value}' for name, value in added.items())}", file=sys.stderr, flush=True)
    program = settings.many("program")
    try:
        os.execvpe(program[0], list(program), dict(settings.environ) | added)  # noqa: S606 - the user's own command
    except OSError as error:
        raise InputError(
            f"{safe_text(program[0])} cannot be started ({error.strerror})", "give a command that the PATH has"
        ) from None


def is_there(port: int) -> bool:
    """Whether something takes connections at a port of this machine."""
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), REACHED_WITHIN_S).close()
    except OSError:
        return False
    return True


COMMAND = Command(
    name="run",
    summary="start a handler whose calls to APIs pass through hookscope",
    description="Starts a program with the addresses of the gateway in its environment: HOOKSCOPE_API_NAME for each --api, and the variables that its clients read, such as GITHUB_API_URL and NOTION_BASE_URL. The gateway itself is opened by `hookscope listen --api`.",
    arguments=(Argument(name="program", help="the program and its arguments, behind --", count="some"),),
    options=(
        API,
        API_PORT,
        Option(
            name="intercept",
            help="trace calls to this host without pointing the client anywhere; needs an intercepting proxy",
            repeat=True,
            metavar="HOST",
            widens_trust=True,
        ),
    ),
    run=run,
)

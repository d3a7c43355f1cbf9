"""`hookscope run`: a handler, started with its clients pointed at the gateway of a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.api.directory import Api
    from hookscope_relay.errors import InputError

REACHED_WITHIN_S = 2.0


def run(settings: Settings) -> int:
    """Become the program, or run it behind the intercepting proxy and return its exit code."""
    import os
    import sys

    from hookscope.api.directory import parse_apis
    from hookscope.api.environment import variables
    from hookscope_relay.errors import InputError

    apis = parse_apis(settings.many("api"))
    hosts = _hosts(settings.many("intercept"), apis)
    if not apis and not hosts:
        raise InputError("no API is named", "add --api notion, as `hookscope listen` has it")
    port = settings.whole("api-port")
    if not is_there(port):
        name = next(iter([*apis, *hosts.values()]))
        told = f"nothing listens at 127.0.0.1:{port}: calls will fail until `hookscope listen --api {name}` runs"
        print(f"hookscope: {told}", file=sys.stderr)
    added = variables(apis.values(), f"http://127.0.0.1:{port}")
    told = " ".join(f"{name}={value}" for name, value in added.items())
    if told:
        print(f"hookscope: {told}", file=sys.stderr, flush=True)
    if hosts:
        return _run_intercepted(settings, hosts, added)
    program = settings.many("program")
    try:
        os.execvpe(program[0], list(program), dict(settings.environ) | added)  # noqa: S606 - the user's own command
    except OSError as error:
        raise _not_started(program[0], error) from None


def _hosts(wanted: tuple[str, ...], apis: Mapping[str, Api]) -> dict[str, str]:
    """The hosts to intercept, each with the name of its API: one of those given, or one that is known."""
    from hookscope.api.directory import api_of_host
    from hookscope_relay.errors import InputError

    found: dict[str, str] = {}
    for host in wanted:
        api = next((api for api in apis.values() if api.owns(host)), None) or api_of_host(host)
        if api is None or "{}" in api.base:
            raise InputError(f"--intercept: no API is known at {host!r}", f"name it: --api NAME=https://{host}")
        found[host.lower()] = api.name
    return found


def _run_intercepted(settings: Settings, hosts: Mapping[str, str], added: Mapping[str, str]) -> int:
    """Run the program behind the intercepting proxy; its exit code."""
    import signal
    import subprocess

    from hookscope.api.intercept import intercept

    program, environ = settings.many("program"), settings.environ
    with intercept(hosts, settings.whole("api-port"), settings.places.state / "intercept", environ) as proxied:
        try:
            child = subprocess.Popen(program, env={**environ, **added, **proxied})  # noqa: S603 - the user's own command
        except OSError as error:
            raise _not_started(program[0], error) from None
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # the program has the signal too, and ends as it likes


def _not_started(program: str, error: OSError) -> InputError:
    from hookscope.text.safe import safe_text
    from hookscope_relay.errors import InputError

    return InputError(f"{safe_text(program)} cannot be started ({error.strerror})", "give a command that the PATH has")


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
    description=(
        "Starts a program with the addresses of the gateway in its environment: HOOKSCOPE_API_NAME for each --api, "
        "and the variables that its clients read, such as GITHUB_API_URL and NOTION_BASE_URL. The gateway itself is "
        "opened by `hookscope listen --api`."
    ),
    arguments=(Argument(name="program", help="the program and its arguments, behind --", count="some"),),
    options=(
        options.API,
        options.API_PORT,
        Option(
            name="intercept",
            help=(
                "trace calls to this host without pointing the client anywhere, by mitmproxy in a process of its "
                "own; all other hosts pass through unseen"
            ),
            repeat=True,
            metavar="HOST",
            widens_trust=True,
        ),
    ),
    run=run,
)

"""`hookscope endpoint`: the keys that own endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope_relay.keys.endpoint_key import KeyRing

ACTIONS = ("list", "show", "make", "rotate", "export", "import")


def run(settings: Settings) -> int:
    """List, show, make, rotate, export or import endpoint keys."""
    action = settings.text("action") or "list"
    serve = {"list": _list, "show": _show, "make": _make, "rotate": _rotate, "export": _export, "import": _import}
    serve[action](settings)
    return 0


def _list(settings: Settings) -> None:
    from hookscope.config.endpoint_keys import load, names

    directory = settings.places.endpoints
    for name in names(directory):
        if (ring := load(directory, name)) is not None:
            _print(settings, name, ring.current.id)


def _show(settings: Settings) -> None:
    name = _name(settings)
    _print(settings, name, _ring(settings).current.id)


def _make(settings: Settings) -> None:
    from hookscope.config.endpoint_keys import make

    name = _name(settings)
    _print(settings, name, make(settings.places.endpoints, name).current.id)


def _rotate(settings: Settings) -> None:
    """A new key for the same URL; the older ones stay in the file, to open what was sealed to them."""
    import sys

    from hookscope.config.endpoint_keys import rotate

    name = _name(settings)
    _ring(settings)
    _print(settings, name, rotate(settings.places.endpoints, name).current.id)
    print(
        f"the older key is refused once `hookscope listen --endpoint {name}` has connected with the new one;"
        " export it again to whoever shares the endpoint",
        file=sys.stderr,
    )


def _export(settings: Settings) -> None:
    """The key file's text on standard output: whoever has it owns the endpoint."""
    import sys

    from hookscope_relay.keys.endpoint_key import dumps

    print(dumps(_ring(settings)), end="")
    print("whoever has this key reads the endpoint's deliveries and answers them; hand it over safely", file=sys.stderr)


def _import(settings: Settings) -> None:
    import sys
    from pathlib import Path

    from hookscope.config.endpoint_keys import take_over
    from hookscope_relay.errors import InputError
    from hookscope_relay.keys.endpoint_key import loads

    source = settings.text("file") or "-"
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{source} cannot be read ({reason})", "give the file that `hookscope endpoint export` wrote"
        ) from None
    ring = loads(text, "standard input" if source == "-" else source)
    take_over(settings.places.endpoints, _name(settings), ring)
    _print(settings, _name(settings), ring.current.id)


def _name(settings: Settings) -> str:
    return settings.text("name") or "default"


def _ring(settings: Settings) -> KeyRing:
    from hookscope.config.endpoint_keys import load
    from hookscope_relay.errors import InputError

    ring = load(settings.places.endpoints, _name(settings))
    if ring is None:
        raise InputError(
            f"there is no endpoint {_name(settings)!r}", f"make it with `hookscope endpoint make {_name(settings)}`"
        )
    return ring


def _print(settings: Settings, name: str, endpoint: str) -> None:
    import json

    from hookscope.apps.relay_access import check_relay

    relay = check_relay(settings)
    url = f"{relay}/{endpoint}" if relay else ""
    if settings.flag("json"):
        print(json.dumps({"name": name, "id": endpoint, "url": url or None}))
    else:
        print("  ".join(part for part in (name, endpoint, url) if part))


COMMAND = Command(
    name="endpoint",
    summary="list, make, rotate, export and import endpoint keys",
    description=(
        "Whoever holds an endpoint's key owns its URL. Export it to hand the endpoint over or to use it on another"
        " machine; rotate it to lock out the key that was exported before, while the URL stays."
    ),
    arguments=(
        Argument(name="action", help="list, show, make, rotate, export or import", count="optional", choices=ACTIONS),
        Argument(name="name", help="the endpoint's name; default unless given", count="optional"),
    ),
    options=(
        options.RELAY,
        options.ALLOW_PLAIN_RELAY,
        Option(name="file", help="where import reads from; - is standard input", default="-", metavar="FILE"),
        options.JSON,
    ),
    run=run,
)

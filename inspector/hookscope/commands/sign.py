"""`hookscope sign`: a delivery signed afresh, as its provider would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.commands.verify import DELIVERY_OPTIONS, FILE_ARGUMENT
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.secret import Secret
    from hookscope.providers.provider import Provider, Scheme
    from hookscope_relay.delivery import Delivery

OPTIONS = (
    *DELIVERY_OPTIONS,
    options.SCHEME,
    Option(name="raw", kind="flag", help="print a raw HTTP request in the place of a capture file"),
    Option(
        name="make-key",
        help="make a local test key in FILE (its public half in FILE.pub) and sign with it",
        metavar="FILE",
    ),
)


def run(settings: Settings) -> int:
    """Print the signed delivery."""
    import time

    from hookscope.commands.verify import read_inputs
    from hookscope.config.settings import parse_parameters
    from hookscope.console.exact import write_exact
    from hookscope.model.capture import Capture
    from hookscope.model.capture_file import dumps
    from hookscope.signatures.sign import scheme_to_sign, sign
    from hookscope_relay.errors import InputError

    delivery, provider, secrets, _ = read_inputs(settings)
    scheme = _scheme(provider, settings.text("scheme")) or scheme_to_sign(provider, delivery)
    if settings.text("make-key"):
        secrets = (_make_key(settings.text("make-key"), provider, scheme),)
    if not secrets:
        raise InputError(
            f"no secret of {provider.title} is configured", "give --secret-file, or --make-key for a public-key scheme"
        )
    now = settings.number("now") if settings.given("now") else time.time()
    params = parse_parameters(settings.many("param"))
    signed = sign(delivery, provider, secrets[0], now, settings.text("url"), params, scheme)
    if settings.flag("raw"):
        write_exact(render_request(signed))
    else:
        print(dumps(Capture(delivery=signed, provider=provider.name)), end="")
    return 0


def render_request(delivery: Delivery) -> bytes:
    """A delivery as a raw HTTP request."""
    lines = [f"{delivery.method} {delivery.target} HTTP/1.1", *(f"{name}: {value}" for name, value in delivery.headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + delivery.body


def _scheme(provider: Provider, name: str) -> Scheme | None:
    from hookscope_relay.errors import InputError

    if not name:
        return None
    scheme = provider.scheme(name)
    if scheme is None:
        known = ", ".join(scheme.name for scheme in provider.schemes) or "none"
        raise InputError(f"{provider.title} has no scheme {name!r}", f"its schemes: {known}")
    return scheme


def _make_key(file: str, provider: Provider, scheme: Scheme) -> Secret:
    import os
    from pathlib import Path

    from hookscope.signatures.sign import asymmetric_kind, make_test_key
    from hookscope_relay.errors import CannotWrite, InputError

    if not asymmetric_kind(scheme):
        raise InputError(f"{scheme.name} signs with a shared secret, not with a key", "give --secret-file")
    private, public = make_test_key(provider.name, scheme)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(private.value)
        Path(file + ".pub").write_bytes(public.value)
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}", "name a new file") from None
    return private


COMMAND = Command(
    name="sign",
    summary="sign a delivery afresh, as its provider would",
    description="Prints the delivery as a capture file with a fresh signature and timestamp.",
    arguments=(Argument(name="file", help=FILE_ARGUMENT.help, count="optional"),),
    options=OPTIONS,
    run=run,
)

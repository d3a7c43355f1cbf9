"""`hookscope verify`: the verdict on a signature, and which mistake explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings, parse_parameters

if TYPE_CHECKING:
    from hookscope.model.secret import Secret
    from hookscope.model.verdict import Verdict
    from hookscope.providers.provider import Provider
    from hookscope.providers.registry import Providers
    from hookscope_relay.delivery import Delivery

NOT_VERIFIED = 1
PROGRESS_AFTER_S = 0.3

# What a command needs that takes a delivery from a file: shared with `hookscope sign`.
DELIVERY_OPTIONS = (
    Option(name="provider", help="the provider (or scheme) to go by; recognised unless given", metavar="NAME"),
    options.SECRET_FILE,
    Option(name="url", help="the URL that the sender called", metavar="URL"),
    Option(
        name="now", kind="number", help="the clock in Unix seconds; the time of arrival unless given", metavar="UNIX"
    ),
    options.PARAM,
    Option(name="body", help="a file with the body, in the place of FILE", metavar="FILE"),
    Option(name="header", help="a header of --body", repeat=True, metavar="'NAME: VALUE'"),
    Option(name="method", help="the method of --body", default="POST", metavar="METHOD"),
    options.DOTENV,
)
FILE_ARGUMENT = Argument(
    name="file",
    help=(
        "a capture (a number, the beginning of an id, or last), a capture file or a raw HTTP request; - reads standard"
        " input"
    ),
    count="optional",
)


def run(settings: Settings) -> int:
    """Print the verdict; 0 where the signature is verified."""
    import json

    delivery, provider, secrets, others = read_inputs(settings)
    verdict = _judge(settings, delivery, provider, secrets, others)
    if settings.flag("json"):
        print(json.dumps(verdict.to_mapping(), ensure_ascii=True))
    else:
        print("\n".join(render_verdict(verdict, provider)))
    return 0 if verdict.state == "verified" else NOT_VERIFIED


def read_inputs(settings: Settings) -> tuple[Delivery, Provider, tuple[Secret, ...], tuple[Secret, ...]]:
    """The delivery, its provider, that provider's secrets, and other secrets at hand;
    `InputError` for what makes no sense."""
    from hookscope.providers.registry import all_providers
    from hookscope.secrets.choose import find_secrets

    delivery, named = read_delivery(settings)
    provider = find_provider(all_providers(settings.user, settings.project), settings.text("provider"), named, delivery)
    secrets, others = find_secrets(settings, provider)
    return delivery, provider, secrets, others


def read_delivery(settings: Settings) -> tuple[Delivery, str]:
    """The delivery that FILE or --body holds, or the capture that FILE names,
    and the provider that is known with it."""
    import time

    from hookscope.commands.find_captures import find_captures, names_capture
    from hookscope.secrets.choose import read_bytes
    from hookscope.tools.imports.request import build_request, read_request
    from hookscope_relay.errors import InputError

    now = settings.number("now") if settings.given("now") else time.time()
    if settings.text("body"):
        if settings.text("file"):
            raise InputError("both FILE and --body are given", "give one of them")
        body = read_bytes(settings.text("body"))
        return build_request(body, settings.many("header"), now, settings.text("method")), ""
    if not settings.text("file"):
        raise InputError(
            "no delivery is given", "name a capture such as 12 or last, a file, or - for standard input, or give --body"
        )
    name = settings.text("file")
    if names_capture(name):
        (capture,) = find_captures(settings, (name,))
        return capture.delivery, capture.provider
    return read_request(read_bytes(name), name, now)


def find_provider(providers: Providers, asked: str, named: str, delivery: Delivery) -> Provider:
    """The provider asked for, else the one that the file names, else the one recognised."""
    from hookscope.providers.recognition import recognise
    from hookscope_relay.errors import InputError

    if asked:
        return providers.demand(asked)
    found = (providers.get(named) if named else None) or providers.get(recognise(delivery, providers).provider)
    if found is None:
        raise InputError("the provider was not recognised", "name it with --provider; see `hookscope providers`")
    return found


def render_verdict(verdict: Verdict, provider: Provider) -> list[str]:
    """The verdict as lines for a person."""
    from hookscope.model.verdict_words import tell_mistake, tell_reason
    from hookscope.text.safe import safe_text

    words = {"no-secret": "no secret configured"}.get(verdict.state, verdict.state)
    scheme = f", scheme {verdict.scheme}" if verdict.scheme and verdict.scheme != provider.name else ""
    secret = f", with the secret {verdict.secret}" if verdict.secret else ""
    lines = [f"{words}{': ' + reason if (reason := tell_reason(verdict)) else ''} ({provider.title}{scheme}{secret})"]
    for mistake in verdict.mistakes:
        lines.append(f"  {mistake.confidence:4.0%}  {safe_text(tell_mistake(mistake))}  [{mistake.id}]")
        lines.append(f"        {mistake.fix}")
    if verdict.ruled_out:
        lines.append("  ruled out:")
        lines += [f"    {safe_text(entry)}" for entry in verdict.ruled_out]
    lines += [f"  note: {safe_text(note)}" for note in verdict.notes]
    if verdict.state == "no-secret":
        called = provider.secret.called
        lines.append(f"  give the {called} with --secret-file, or keep it: hookscope secret set {provider.name}")
    return lines


def _judge(
    settings: Settings,
    delivery: Delivery,
    provider: Provider,
    secrets: tuple[Secret, ...],
    others: tuple[Secret, ...],
) -> Verdict:
    import sys
    import time

    from hookscope.signatures.mistakes.explain import explain

    began = time.monotonic()
    told = False

    def progress(tried: int) -> None:
        nonlocal told
        if not told and time.monotonic() - began > PROGRESS_AFTER_S:
            told = True
            print(f"looking for the mistake, {tried} candidates so far …", file=sys.stderr)

    now = settings.number("now") if settings.given("now") else delivery.received_at
    params = parse_parameters(settings.many("param"))
    url = settings.text("url")
    return explain(delivery, provider, secrets, now, others, url, params, progress=progress)


COMMAND = Command(
    name="verify",
    summary="the signature's verdict, and which mistake explains a failure",
    description="Verifies a delivery's signature. Exits 0 where it holds, 1 where it does not, 2 on bad input.",
    arguments=(FILE_ARGUMENT,),
    options=(*DELIVERY_OPTIONS, options.JSON),
    run=run,
)

"""`hookscope diff`: what differs between two deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookscope.tools.diff.difference import Difference
    from hookscope_relay.delivery import Delivery

DIFFERENT = 1

RED, GREEN, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
WRITTEN_OTHERWISE = (
    "the bodies mean the same and are written with other bytes, so a signature of one does not fit the other"
)


def run(settings: Settings) -> int:
    """Print the differences; 0 where there is none."""
    import json
    import sys

    from hookscope.commands.find_captures import find_captures
    from hookscope.tools.diff.deliveries import compare, left_out

    left, right = (capture.delivery for capture in find_captures(settings, [settings.text("a"), settings.text("b")]))
    differences = compare(left, right)
    omitted = left_out(left, right)
    if omitted:
        print(f"hookscope: {omitted}", file=sys.stderr)
    if settings.flag("json"):
        same = {"same": not differences, "same_body": left.body == right.body}
        print(json.dumps(same | {"differences": [difference.to_mapping() for difference in differences]}))
    else:
        _print(_lines(settings, left, right, differences))
        if left.body != right.body and not any(difference.place.startswith(BODY) for difference in differences):
            print(WRITTEN_OTHERWISE, file=sys.stderr)
    return DIFFERENT if differences else 0


BODY = ("body", "form.", "part.")


def _print(lines: Iterator[str]) -> None:
    """Write lines: a byte that is not UTF-8 leaves as it came, where no terminal reads it."""
    import sys

    from hookscope.console.exact import write_exact

    for line in lines:
        if sys.stdout.isatty():
            print(line)  # its texts are safe already, its colours ours
            continue
        write_exact(line.encode("utf-8", "surrogateescape" if _is_bytes(line) else "backslashreplace") + b"\n")


def _is_bytes(line: str) -> bool:
    """Whether lone surrogates in it, if any, stand for bytes."""
    return all("\udc80" <= letter <= "\udcff" for letter in line if "\ud800" <= letter <= "\udfff")


def _lines(settings: Settings, left: Delivery, right: Delivery, differences: Sequence[Difference]) -> Iterator[str]:
    """Nothing for equal deliveries, else both names and each difference with what either side has."""
    import sys

    from hookscope.console.colour import wants_colour
    from hookscope.text.safe import safe_text

    terminal = sys.stdout.isatty()
    colour = wants_colour(settings.environ, sys.stdout)
    inert: Callable[[str], str] = safe_text if terminal else str
    paint: Callable[[str, str], str] = (lambda code, text: f"{code}{text}{PLAIN}") if colour else (lambda _, text: text)
    if not differences:
        return
    yield paint(RED, inert(f"--- {settings.text('a')}  {left.id}  {left.method} {left.target}"))
    yield paint(GREEN, inert(f"+++ {settings.text('b')}  {right.id}  {right.method} {right.target}"))
    for difference in differences:
        yield f"{paint(BOLD, inert(difference.place))}  {difference.kind}"
        for mark, code, text in (("-", RED, difference.left), ("+", GREEN, difference.right)):
            if text is not None:
                yield paint(code, f"  {mark} {inert(_as_sent(difference.place, text))}")


def _as_sent(place: str, text: str) -> str:
    """Text of the head, which is held as latin-1, as the bytes that were sent read in UTF-8."""
    if place.startswith(("headers", "path", "method")) or place == "query":
        return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return text


COMMAND = Command(
    name="diff",
    summary="show what differs between two deliveries",
    description=(
        "Compares request line, headers (order, case and repeats too) and bodies: JSON by meaning with numbers as"
        " written, forms by their pairs, text by lines, other bytes in hexadecimal. The exit code is 1 where something"
        " differs."
    ),
    arguments=(
        Argument(name="a", help="a number, the beginning of an id, last, or a capture file"),
        Argument(name="b", help="the other one, named likewise"),
    ),
    options=(options.JSON,),
    run=run,
)

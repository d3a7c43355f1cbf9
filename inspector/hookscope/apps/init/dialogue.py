"""The questions of `hookscope init`: each has an answer already, which Enter takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from hookscope.text.safe import safe_text
from hookscope_relay.errors import HookscopeError

Ask = Callable[[str], str]


def ask_line(question: str) -> str:
    """A line from the terminal; the question goes to standard error, since standard output is for results."""
    print(question, end="", flush=True, file=sys.stderr)
    line = sys.stdin.readline()
    if not line:  # Ctrl-D: nobody is there to ask
        raise KeyboardInterrupt
    return line.strip()


def ask_value(ask: Ask, question: str, offered: str, check: Callable[[str], object]) -> str:
    """An answer that `check` takes, asked again until it does; Enter takes what is offered, a dash means none."""
    while True:
        answer = ask(f"{question} [{safe_text(offered) or 'none'}] ") or offered
        if answer in ("", "-"):
            return ""
        try:
            check(answer)
        except HookscopeError as error:
            print(f"  {safe_text(str(error))}", file=sys.stderr)
            continue
        return answer


def ask_values(ask: Ask, question: str, offered: Sequence[str], check: Callable[[str], object]) -> tuple[str, ...]:
    """As `ask_value`, for several that are separated by commas."""
    text = ask_value(ask, question, ", ".join(offered), lambda answer: [check(one) for one in split(answer)])
    return split(text)


def split(text: str) -> tuple[str, ...]:
    """The parts of a list as a person writes it."""
    return tuple(part for part in (one.strip() for one in text.split(",")) if part)


def agreed(ask: Ask, question: str, offered: bool) -> bool:
    """Whether the user says yes; Enter is what is offered."""
    answer = ask(f"{question} [{'Y/n' if offered else 'y/N'}] ").lower()
    return answer in ("y", "yes") if answer else offered

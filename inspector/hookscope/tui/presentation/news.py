"""What came of a request to the engine, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from hookscope.events import GapDeclared, Noticed, Refused
from hookscope.front_door import Clear, ForwardBacklog, KeepSecret, Mark, Pause, Replay, Request, Resume
from hookscope.tui.presentation.words import plural
from hookscope_relay.errors import HookscopeError

Level: TypeAlias = Literal["information", "warning", "error"]

KEPT = {"kept": "kept as signing secret", "candidate": "kept as a candidate beside the present secret"}

# Any: a request of the key's type, and what answers it.
SENTENCES: Mapping[type[Request], Callable[[Any, Any], str]] = {
    Replay: lambda request, attempt: f"#{request.name} was handed to the handler again, as attempt {attempt}",
    ForwardBacklog: lambda _, count: f"{plural(count, 'delivery', 'deliveries')} that came meanwhile handed over",
    Pause: lambda *_: "forwarding is paused: senders get 202 from hookscope, deliveries are kept",
    Resume: lambda *_: "forwarding goes on; the filter is:untried shows what was held, r hands it over",
    KeepSecret: lambda _, kept: f"the token is {KEPT.get(kept, 'kept')}",
    Mark: lambda request, _: f"#{request.name} is {'marked' if request.on else 'no longer marked'}",
    Clear: lambda _, count: f"{plural(count, 'delivery', 'deliveries')} deleted",
}


def describe_error(error: BaseException) -> str:
    """An error as a sentence: what is wrong and what to do, or that it is our fault."""
    return str(error) if isinstance(error, HookscopeError) else f"a bug of ours: {type(error).__name__}: {error}"


def announce(told: Noticed | GapDeclared | Refused) -> tuple[str, Level]:
    """A notice, a gap or a refusal as a sentence, and its level."""
    match told:
        case Noticed(level=level, text=text):
            return text, "information" if level == "info" else level
        case GapDeclared(after=first, until=last, reason=reason):
            return f"{plural(last - first, 'delivery', 'deliveries')} lost for good: {reason}", "error"
        case Refused(problem=problem, method=method, target=target):
            return f"the relay turned away {method} {target[:60]}: {problem}", "warning"


def tell(request: Request, value: object, error: BaseException | None) -> tuple[str, Level]:
    """The sentence and its level; an empty sentence where there is nothing to say."""
    if error is not None:
        return describe_error(error), "error"
    sentence = SENTENCES.get(type(request))
    return sentence(request, value) if sentence else "", "warning" if isinstance(request, Pause) else "information"

"""What came of a request to the engine, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from hookscope.model.events import Alerted, ConnectionChanged, GapDeclared, Noticed, Refused
from hookscope.model.role_words import may_take_over, watching
from hookscope.model.session_requests import (
    Backlog,
    Clear,
    Held,
    KeepSecret,
    MarkCapture,
    Pause,
    Replay,
    Replayed,
    Resume,
    SendSample,
    SessionRequest,
    SetSecret,
    SwitchHandler,
    TakeOver,
)
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.units import outcome, plural, render_elapsed
from hookscope_relay.errors import HookscopeError

Level: TypeAlias = Literal["information", "warning", "error"]

# How long something is told: what is no warning lies over the list only briefly.
TOLD_S, WARNED_S, BEGUN_S = 3.0, 6.0, 1.0

KEPT = {"kept": "kept as signing secret", "candidate": "kept as a candidate beside the present secret"}


def _replayed(request: Replay, replayed: Replayed) -> str:
    attempt = replayed.attempt
    failure = attempt.failure.kind if attempt.failure else ""
    shown = outcome(attempt.answer.status if attempt.answer else None, failure)
    note = f"; {replayed.note}" if replayed.note else ""
    took = render_elapsed(attempt.elapsed_ms)
    if request.proves:
        said = "that proves the finding" if replayed.passed else "that does not prove the finding"
        kept = "; what its sender got stays as it was" if replayed.passed else ""
        return f"{shown.sign} {shown.word} in {took}: {said} of #{replayed.number}{kept}{note}"
    return (
        f"{shown.sign} {shown.word} in {took}: #{replayed.number} was handed over again, as attempt"
        f" {attempt.number}{note}"
    )


# Any: a request of the key's type, and what answers it.
SENTENCES: Mapping[type[SessionRequest[object]], Callable[[Any, Any], str]] = {
    Replay: _replayed,
    Backlog: lambda _, names: "" if names else "nothing that came meanwhile is still owed",
    Pause: lambda *_: "forwarding is paused: senders get 202 from hookscope, deliveries are kept",
    Resume: lambda _, held: "forwarding goes on" + ("" if held else "; nothing was held"),
    Held: lambda _, names: "" if names else "nothing is held",
    SwitchHandler: lambda _, url: (
        f"deliveries go to {url} from now on" if url else "deliveries are kept only, from now on"
    ),
    SetSecret: lambda request, mark: f"{request.provider}: the secret {mark} is kept, and verifies from now on",
    SendSample: lambda _, status: f"the sample was sent; its sender got {status}",
    KeepSecret: lambda _, kept: f"the token is {KEPT.get(kept, 'kept')}",
    MarkCapture: lambda request, _: f"#{request.name} is {'marked' if request.on else 'no longer marked'}",
    TakeOver: lambda *_: "",  # the relay's word on it is told
    Clear: lambda _, count: f"{plural(count, 'delivery', 'deliveries')} deleted",
}


def describe_error(error: BaseException) -> str:
    """An error as a sentence: what is wrong and what to do, or that it is our fault."""
    return str(error) if isinstance(error, HookscopeError) else f"a bug of ours: {type(error).__name__}: {error}"


def announce(
    told: Noticed | GapDeclared | Refused | ConnectionChanged | Alerted, keyboard: Keyboard
) -> tuple[str, Level]:
    """A notice, a gap, a refusal, another answerer or an alert as a sentence, and its level: a key of the screen in the
    place of an option."""
    match told:
        case ConnectionChanged():
            return _another_answerer(told, keyboard)
        case Noticed(level=level, text=text, about="backlog"):
            key = keyboard.signs_of(keyboard.by_name["backlog"])[0]
            return f"{text}; {key} hands over what is owed", "information" if level == "info" else level
        case Noticed(level=level):
            return told.sentence, "information" if level == "info" else level
        case GapDeclared(after=first, until=last, reason=reason):
            return f"{plural(last - first, 'delivery', 'deliveries')} lost for good: {reason}", "error"
        case Alerted(state=state):
            return told.sentence, "information" if state == "recovered" else "error"
        case Refused(method=method, target=target):
            return f"the relay turned away {method} {target[:60]}: {told.why}", "warning"


def _another_answerer(told: ConnectionChanged, keyboard: Keyboard) -> tuple[str, Level]:
    if told.role != "watching":
        return "this session answers from now on", "information"
    key = keyboard.signs_of(keyboard.by_name["take_over"])[0]
    back = f"; {key} has this session answer" if may_take_over(told) else ""
    took = "took over and answers" if told.why == "taken" else "answers"
    return f"{watching(told).who} {took} from now on{back}", "warning"


def tell(request: SessionRequest[object], value: object, error: BaseException | None) -> tuple[str, Level]:
    """The sentence and its level; an empty sentence where there is nothing to say."""
    if error is not None:
        return describe_error(error), "error"
    sentence = SENTENCES.get(type(request))
    warns = isinstance(request, Pause) or (isinstance(value, Replayed) and not value.passed)
    return sentence(request, value) if sentence else "", "warning" if warns else "information"

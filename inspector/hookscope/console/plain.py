"""The plain face: a line or a few for each event, for pipes, logs and terminals without a screen.

Everything that a sender wrote is made inert first. Colour is used on a terminal only, and never says anything alone.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from hookscope.console.explanations import Explanations
from hookscope.model.call import SURE
from hookscope.model.events import (
    Alerted,
    Attempted,
    CallEnded,
    Captured,
    ConnectionChanged,
    Diagnosed,
    Event,
    GapDeclared,
    HandshakeSeen,
    Noticed,
    Ready,
    Refused,
    Settled,
    Stopped,
)
from hookscope.model.finding import Finding
from hookscope.model.role_words import watching
from hookscope.text.safe import safe_text
from hookscope_relay.made_answers import phrase

MARKS = {"error": "✗", "warning": "!", "info": "·", "ok": "✓"}
COLOURS = {"error": "31", "warning": "33", "info": "2", "ok": "32", "head": "1"}
INDENT = " " * 9
INDENTED = "  "
REMEMBERED = 1000


class PlainFace:
    """Prints deliveries and what became of them on standard output, everything else on standard error.

    `beginning` is what stands below the address and the handler; `ending` says what is left of so many captures.
    """

    def __init__(
        self,
        out: IO[str] | None = None,
        errors: IO[str] | None = None,
        *,
        colour: bool = False,
        beginning: Sequence[tuple[str, str]] = (),
        ending: Callable[[int], str] = "{} captured in this session".format,
    ) -> None:
        self._out = out or sys.stdout
        self._errors = errors or sys.stderr
        self._colour = colour
        self._beginning = beginning
        self._ending = ending
        self._away = ""
        self._was_connected = False
        self._last = 0
        self._unanswered: OrderedDict[str, int] = OrderedDict()
        self._explanations = Explanations()

    def __call__(self, event: Event) -> None:
        for line in self.render(event):
            print(line, file=self._out, flush=True)
        for line in self.render_aside(event):
            print(line, file=self._errors, flush=True)

    def render(self, event: Event) -> Iterable[str]:
        """The lines of an event that are data."""
        match event:
            case Ready():
                yield f"Send to   {self._paint('head', safe_text(event.url))}"
                yield from self._handlers(event)
            case Captured():
                self._last = event.number
                self._note_unanswered(event)
                yield f"{_clock(event.received_at)} {_captured(event)}"
            case Attempted():
                self._explanations.begin(event)
                if not event.copy:
                    self._unanswered.pop(event.id, None)
                yield self._lead(event.number) + self._outcome(event)
            case Diagnosed():
                yield from self._diagnosed(event)
            case CallEnded():
                yield from self._called(event)
            case HandshakeSeen():
                yield from self._handshake(event)
            case GapDeclared():
                gone = f"deliveries {event.after + 1} to {event.until} are no longer at the relay"
                yield f"{_clock(event.at)} gap: {gone} ({safe_text(event.reason)})"
            case Refused():
                of = f", {size(event.size)}" if event.size else ""
                request = _request(event.method, event.target)
                yield f"{_clock(event.at)} the relay turned away {request}: {safe_text(event.why)}{of}"
            case Settled():
                yield from self._settled(event)

    def render_aside(self, event: Event) -> Iterable[str]:
        """The lines of an event that are about the session itself."""
        match event:
            case ConnectionChanged(state="waiting"):
                retry = f"; trying again in {max(1, round(event.retry_in_ms / 1000))} s" if event.retry_in_ms else ""
                yield self._paint("warning", f"disconnected: {safe_text(event.reason)}{retry}")
            case ConnectionChanged(state="connected"):
                if event.role == "watching":
                    yield self._paint("warning", _watching(event))
                elif self._was_connected:
                    yield "connected, answering"
                self._was_connected = True
            case Ready():
                for name, told in self._beginning:
                    yield f"{name:<9} {told}"
                self._beginning = ()
            case Noticed(about="handler-away"):
                self._away = event.sentence
            case Noticed():
                yield self._paint(event.level, safe_text(event.sentence))
            case Alerted():
                is_over = event.state == "recovered"
                sign = MARKS["ok" if is_over else "error"]
                yield self._paint("ok" if is_over else "error", f"{sign} {safe_text(event.sentence)}")
            case Stopped() if event.captured or not event.exit_code:
                yield f"stopped; {self._ending(event.captured)}"

    def _handlers(self, event: Ready) -> Iterable[str]:
        """Where deliveries go: by the routes, then to the handler that takes the rest."""
        for name, match, handler in event.routes:
            yield f"Route     {name}: {safe_text(match) or 'everything'} → {safe_text(handler)}"
        if not event.routes:
            yield f"Handler   {self._handler(event.handler)}"
        elif event.handler not in {handler for *_, handler in event.routes}:
            yield f"Handler   {self._handler(event.handler)}; it takes the rest"

    def _handler(self, url: str) -> str:
        """The handler, and whether something answers there now; a later address of the session is not asked again."""
        if not url:
            return "none: deliveries are captured and answered by hookscope"
        away, self._away = self._away.removeprefix(f"the handler {url} "), ""
        told = self._paint("warning", f"! {safe_text(away)}; is it running?") if away else "answers now"
        return f"{url}  {told}"

    def _lead(self, number: int) -> str:
        """What stands before the first line about a capture: its number, unless the line before is about it too."""
        lead = INDENT if number == self._last else f"{f'#{number}':>8} "
        self._last = number
        return lead

    def _note_unanswered(self, event: Captured) -> None:
        """Remember a delivery that was not handed to the handler yet; of very many the oldest are let go."""
        self._unanswered[event.id] = event.number
        if len(self._unanswered) > REMEMBERED:
            self._unanswered.popitem(last=False)

    def _settled(self, event: Settled) -> Iterable[str]:
        """What the lines before do not say: that the sender did not wait,
        or that the handler was not asked and the sender was refused."""
        number = self._unanswered.pop(event.id, 0)
        status = event.status or 0
        if event.how != "answered":
            waited = f"{event.waited_ms / 1000:.1f} s"
            if number:  # nobody answered yet
                gave = "hung up" if event.how == "sender-gone" else f"waits no more: it got {status} from the relay"
                told = f"! its sender {gave} after {waited}"
                yield f"{self._lead(number)}{self._paint('warning', told)}"
            else:
                told = f"! the sender did not get this answer ({event.how} after {waited})"
                yield f"{INDENT}{self._paint('warning', told)}"
        elif number and event.by == "inspector" and status >= 400:
            told = self._paint("warning", f"→ {status} {phrase(status)}")
            yield f"{self._lead(number)}{told} from hookscope; the handler was not asked"

    def _outcome(self, event: Attempted) -> str:
        took = f"{event.elapsed_ms:.0f} ms"
        if event.failure:
            said = self._paint("error", f"→ no answer: {event.failure} after {took}")
            return f"{said}{_by(event)}  {safe_text(event.detail)}"
        status = event.status or 0
        kind = "ok" if status < 300 else "warning" if status < 400 else "error"
        again = " (a copy: another session answers)" if event.copy and not event.route else ""
        again = again if event.origin == "live" else f" ({event.origin})"
        return self._paint(kind, f"→ {status} {phrase(status)}".rstrip()) + f" in {took}{again}{_by(event)}"

    def _called(self, event: CallEnded) -> Iterable[str]:
        """A call under its delivery, and what is found of it; how sure it is where it is not."""
        call = event.call
        kind = "error" if call.is_refused else "ok"
        took = f"{call.elapsed_ms:.0f} ms"
        tie = "" if call.tie.confidence >= SURE else f"  ({safe_text(call.tie.words)})"
        asked = f"{safe_text(call.api)} {_request(call.method, call.target)}"
        lead = self._lead(event.number) if event.number else INDENT
        yield f"{lead}{INDENTED}▸ {asked} {self._paint(kind, f'→ {call.outcome}')} in {took}{tie}"
        for finding in call.findings:
            if finding.severity != "info":
                yield from self._finding(finding, event.number, INDENT + INDENTED)

    def _diagnosed(self, event: Diagnosed) -> Iterable[str]:
        if event.verdict is not None and event.verdict.state == "verified" and not event.copy:
            yield f"{self._lead(event.number)}{self._paint('ok', '✓ signature verified')} ({event.verdict.provider})"
        if self._explanations.is_same(event):
            return
        for finding in event.findings:
            if finding.severity != "info":
                copy = f"copy to {event.copy}: " if event.copy else ""
                yield from self._finding(finding, event.number, self._lead(event.number) + copy)

    def _finding(self, finding: Finding, number: int, lead: str) -> Iterable[str]:
        mark = self._paint(finding.severity, MARKS[finding.severity])
        who = f"{finding.layer}{f', {finding.product}' if finding.product else ''}"
        yield f"{lead}{mark} {safe_text(finding.title)} [{safe_text(who)}; {finding.code}]"
        for fact in finding.evidence[:2]:
            yield f"{INDENT}  {safe_text(fact.text)}"
        if finding.hint:
            yield f"{INDENT}  → {safe_text(finding.hint_for(number))}"

    def _handshake(self, event: HandshakeSeen) -> Iterable[str]:
        yield ""
        instruction = safe_text(event.instruction) or "Paste this under Verify:"
        yield f"  {safe_text(event.provider)} asks for a verification. {instruction}"
        yield ""
        yield f"      {self._paint('head', safe_text(event.token))}"
        yield ""
        yield f"  {HANDSHAKE_STATES.get(event.kept, '').format(provider=safe_text(event.provider))}"

    def _paint(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self._colour and kind in COLOURS else text


HANDSHAKE_STATES = {
    "kept": "It is kept as the signing secret: deliveries are verified from now on.",
    "candidate": "There is a signing secret already; this one is a candidate beside it and replaces nothing.",
    "asked": "To keep it as the signing secret, run `hookscope secret set {provider}` and paste it there too,"
    " or listen with --yes.",
}


def size(count: int) -> str:
    """A number of bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _by(event: Attempted) -> str:
    """Which route an attempt took."""
    return f" ({'copy to ' if event.copy else ''}{event.route})" if event.route else ""


def _captured(event: Captured) -> str:
    parts = [f"#{event.number}", _request(event.method, event.target)]
    if event.provider:
        parts.append(f"{safe_text(event.provider)} {safe_text(event.event_type)}".rstrip())
    parts.append(size(event.bytes))
    if event.owed:
        parts.append("(came while you were away; owed)")
    elif event.held:
        parts.append("(held until its turn)")
    elif event.missed:
        parts.append("(missed: its sender had an answer or a 504)")
    return "  ".join(parts)


def _request(method: str, target: str) -> str:
    return f"{safe_text(method)} {safe_text(target) or '/'}"


def _watching(event: ConnectionChanged) -> str:
    """That another session answers: which, why, and what to do about it."""
    told = watching(event)
    why = f" ({told.why})" if told.why else ""
    remedy = REMEDIES.get(event.why, "")
    if remedy and not event.copies and event.why in ("first", "taken"):
        remedy += "; `--share` gives its handler a copy of what comes"
    who, tail = safe_text(told.who), f"; {remedy}" if remedy else ""
    return f"connected, watching: {who} answers{why}, {told.here}{tail}"


# What makes a session answer, by the relay's reason why it watches, as one types it.
REMEDIES = {
    "nobody": "listen without --watch to answer",
    "asked": "listen without --watch to answer",
    "handler": "`hookscope listen PORT` gives this session a handler, `--take-over` has it answer",
    "first": "`--take-over` has this session answer",
    "taken": "`--take-over` has this session answer again",
}


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))

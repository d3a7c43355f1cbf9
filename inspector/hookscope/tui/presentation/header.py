"""The two header lines: the public URL and the traffic; the connection and the handler."""

from __future__ import annotations

from hookscope.tui.canvas.line import Line, Span, crop, fit, line, said
from hookscope.tui.engine.state import Session, aged
from hookscope.tui.presentation.units import plural

WIDE = 100
# A bar is five seconds: a minute of them where there is room, half a minute at least.
MOST_BARS, LEAST_BARS = 12, 6
BARS = " ▁▂▃▄▅▆▇█"


def render_header(session: Session, now: float, width: int) -> tuple[Line, Line]:
    """Both lines, `width` cells wide."""
    return _first(session, now, width), _second(session, now, width)


def render_connection(session: Session, now: float) -> Span:
    """The connection in a sign and words; while it waits, the seconds until the next try."""
    reason = f": {said(session.reason, 200)}" if session.reason else ""
    match session.connection:
        case "connected":
            return _render_role(session)
        case "waiting":
            if session.retry_at is None:
                return f"○ {said(session.reason, 200) or 'no connection'}", "warn"
            left = max(0, round(session.retry_at - now))
            return f"○ no connection, next try in {left} s{reason}", "warn"
        case "refused":
            return f"✗ refused{reason}", "bad"
        case "stopped":
            return f"■ stopped{reason}", "bad"
        case _:
            return f"◌ connecting{reason}", "dim"


def _render_role(session: Session) -> Span:
    """Who answers, of a session that is connected."""
    if session.told is not None and session.told.through:
        return f"● shows {said(session.told.through, 100)}", "ok"
    if session.watches:
        return f"● watching: {said(session.answerer, 64)} answers", "warn"
    return "● connected, answering", "ok"


def render_handler(session: Session) -> Span:
    """The handler and whether it can be reached."""
    if session.routes:
        names = said(", ".join(session.routes), 200)
        return f"● {plural(len(session.routes), 'route')}: {names}", "ok"
    if not session.handler:
        return "○ no handler, capture only", "dim"
    name = said(session.handler, 200)
    if session.watches and not session.copies:
        return f"○ handler not asked: {name}", "dim"
    if session.reachable is None:
        return f"◌ handler {name}", "dim"
    if session.reachable and session.watches:
        return f"● handler gets copies: {name}", "ok"
    return (f"● handler answers: {name}", "ok") if session.reachable else (f"✗ handler not reachable: {name}", "bad")


def render_sparkline(counts: tuple[int, ...]) -> str:
    """A bar for each count, the highest in full height."""
    most = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] if most else BARS[0] for count in counts)


def _first(session: Session, now: float, width: int) -> Line:
    name = " hookscope " if width >= WIDE else " "
    url = said(session.url, 500) or "opening the endpoint …"
    count = f"{session.per_minute(now)}/min "
    room = width - len(name) - len(url) - 12 - len(count)
    bars = render_sparkline(aged(session, now).arrivals[-min(room, MOST_BARS) :]) + " " if room >= LEAST_BARS else ""
    rate = f" {bars}{count}"
    room = width - len(name) - len(rate) - (10 if session.url else 0)
    shown = crop(url, max(room, 8))
    copy: tuple[Span, ...] = (("  y ", "mark"), ("copies", "dim")) if session.url else ()
    if "this-machine-only" in session.notes and len(shown) + 34 < room:
        copy += (("  on this machine only", "warn"),)
    left = line((name, "title"), (shown, "strong"), *copy)
    return line(*fit(left, width - len(rate)).spans, (rate, "accent"))


def _second(session: Session, now: float, width: int) -> Line:
    parts: list[Span] = [(" ", "")]
    if session.paused:
        parts += [("‖ forwarding paused", "warn"), ("  ", "")]
    if session.held:
        parts += [(f"○ {session.held} held", "warn"), ("  ", "")]
    parts += [render_connection(session, now), ("  ", "")]
    if session.may_take_over:
        parts += [("O ", "mark"), ("takes over  ", "dim")]
    handler = render_handler(session)
    if line(*parts, handler).width > width:
        handler = (handler[0].replace("http://", "", 1), handler[1])
    parts.append(handler)
    count = f"  {plural(session.captured, 'delivery', 'deliveries')}" if session.captured else ""
    if line(*parts, count).width <= width:  # the line below the list has it too
        parts.append((count, "dim"))
    return fit(line(*parts), width)

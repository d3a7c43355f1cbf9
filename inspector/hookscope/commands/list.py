"""`hookscope list`: captured deliveries, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.summary import Summary
    from hookscope.store.queries import Where
    from hookscope.store.reader import CaptureReader

# So long nothing may get on with what waits, before it is taken for left.
STILL_S = 1.0


def run(settings: Settings) -> int:
    """Print the captures that meet the filter, oldest first."""
    import json
    import sys

    from hookscope.commands.captures import open_captures
    from hookscope.tools.filters.language import parse
    from hookscope_relay.errors import InputError

    if settings.whole("limit") < 1:
        raise InputError(f"--limit {settings.whole('limit')} shows nothing", "give how many to show, such as 50")
    text = " ".join(settings.many("filter"))
    condition = parse(text) if text else None
    with open_captures(settings) as store:
        if condition is not None and asks_for_findings(condition):
            wait_for_looks(store)
        rows = store.summaries(condition, limit=settings.whole("limit"))
        total = store.count(condition)
    for row in reversed(rows):
        print(json.dumps(row.to_mapping()) if settings.flag("json") else render_row(row))
    if not rows:
        print("nothing captured" + (_no_match(text) if text else " yet: run `hookscope listen`"), file=sys.stderr)
    elif total > len(rows):
        print(f"the newest {len(rows)} of {total}; --limit shows more", file=sys.stderr)
    return 0


def asks_for_findings(condition: Where) -> bool:
    """Whether a filter asks for what is made behind the trip: verdicts and findings."""
    text, _ = condition.sql()
    return any(name in text for name in ("c.verdict", "findings", "c.cause", "c.severity", "c.title"))


def wait_for_looks(store: CaptureReader) -> None:
    """Say that some captures are not looked at yet, and wait for them as long as a session gets on with them."""
    import sys
    import time

    left, moved_at = len(store.waiting()), time.monotonic()
    if left:
        print(f"captures that nobody has looked at yet: {left}; waiting for their findings", file=sys.stderr)
    while left:
        time.sleep(0.05)  # another process looks at them; SQLite tells nobody when it is done
        before, left = left, len(store.waiting())
        moved_at = time.monotonic() if left < before else moved_at
        if left and time.monotonic() - moved_at > STILL_S:
            print(f"nobody looks at the last {left} now: `hookscope listen` goes on with them", file=sys.stderr)
            return


def _no_match(text: str) -> str:
    named = f"; `hookscope show {text}` shows one capture" if text == "last" or text.isdigit() else ""
    return f" meets this filter{named}"


def render_row(row: Summary) -> str:
    """A capture as a line: number, time, what came, what became of it."""
    import time

    from hookscope.text.safe import safe_text

    waits = "held" if row.held else "expired" if row.is_expired else "owed" if row.owed else "-"
    outcome = row.failure or (str(row.status) if row.status else waits)
    if row.held and outcome != "held":
        outcome += ", held"
    took = f"{row.elapsed_ms:.0f} ms" if row.elapsed_ms is not None else ""
    event = f"{safe_text(row.provider)} {safe_text(row.event_type)}".strip()
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.received_at))
    route = f" → {safe_text(row.route)}" if row.route else ""
    request = f"{safe_text(row.method)} {safe_text(row.target) or '/'}{route}"
    beside = f"[{safe_text(row.beside)}]" if row.beside else ""
    badge = f"▸ api {safe_text(row.api)}" if row.api else ""
    title = safe_text(row.headline)
    parts = [
        f"#{row.number:<5}",
        at,
        f"{safe_text(outcome):>8}",
        badge,
        f"{took:>8}",
        request,
        event,
        beside,
        title,
    ]
    return "  ".join(part for part in parts if part).rstrip()


COMMAND = Command(
    name="list",
    summary="list captured deliveries",
    description="Lists captured deliveries. A filter such as `status:4xx provider:notion since:1h` narrows them.",
    arguments=(Argument(name="filter", help="such as status:4xx provider:notion type:page.* since:10m", count="any"),),
    options=(
        Option(name="limit", kind="whole", help="how many at most, the newest", default=50, metavar="COUNT"),
        options.JSON,
    ),
    run=run,
)

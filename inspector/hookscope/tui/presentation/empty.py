"""What stands in the place of an empty list: the address, something to try, and what is known of the handler."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.tui.document import Document, prose
from hookscope.tui.line import Line, line, said
from hookscope.tui.state import Session

FIRST_STEPS = (
    ("Notion", "Settings › Integrations › Webhooks: paste the URL; the token that Notion sends appears here"),
    ("GitHub", "repository › Settings › Webhooks › Add webhook: Payload URL, content type application/json"),
    ("Stripe", "Developers › Webhooks › Add endpoint: Endpoint URL"),
)


def empty_document(session: Session, filter_text: str = "") -> Document:
    """What to do while nothing has come, or while nothing meets the filter."""
    if filter_text:
        return prose(
            line(("No delivery meets the filter ", "dim"), (said(filter_text, 200), "strong")),
            line(("Esc", "mark"), (" in the filter line clears it.", "dim")),
        )
    if not session.url:
        return prose(line(("Opening the endpoint …", "strong")), *_trouble(session))
    return prose(
        line(("Waiting for the first delivery.", "title")),
        Line(),
        line(said(session.url, 500), hard=True),
        line(("y", "mark"), (" copies it. Try it:", "dim")),
        Line(),
        line((f"curl -i {said(session.url, 500)} --json '{{\"hello\": 1}}'", "string"), indent=2, hard=True),
        Line(),
        *_trouble(session),
        *_handler(session),
        Line(),
        *(line((f"{name}  ", "key"), (steps, "dim"), indent=len(name) + 2) for name, steps in FIRST_STEPS),
    )


def _handler(session: Session) -> Iterator[Line]:
    name = said(session.handler, 300)
    if not session.handler:
        yield line(("○ ", "dim"), "There is no handler: deliveries are kept and answered with 200.", indent=2)
        yield line("  ", ("hookscope listen 3000 hands them to your code.", "dim"), indent=2)
    elif session.reachable is None:
        yield line(("◌ ", "dim"), f"Your handler is {name}.", indent=2)
    elif session.reachable:
        yield line(("● ", "ok"), f"Your handler {name} answers now.", indent=2)
    else:
        yield line(("✗ ", "bad"), f"Your handler {name} is not reachable: is it running?", indent=2)


def _trouble(session: Session) -> Iterator[Line]:
    if session.connection in ("waiting", "refused", "stopped"):
        why = said(session.reason, 300) or "the relay is not reachable"
        yield line(("! ", "warn"), f"No connection to the relay {said(session.relay, 200)}: {why}", indent=2)
        yield line("  ", ("It is tried again by itself; `hookscope doctor` says more.", "dim"), indent=2)
        yield Line()

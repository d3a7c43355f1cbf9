"""What stands in the place of an empty list: the address, something to try,
and what is known of handler and secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookscope.model.role_words import watching
from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said
from hookscope.tui.engine.secrets import KnownSecret
from hookscope.tui.engine.state import Session
from hookscope.tui.presentation.units import plural

FIRST_STEPS = (
    ("Notion", "Settings › Integrations › Webhooks: paste the URL; the token that Notion sends appears here"),
    ("GitHub", "repository › Settings › Webhooks › Add webhook: Payload URL, content type application/json"),
    ("Stripe", "Developers › Webhooks › Add endpoint: Endpoint URL; S takes its signing secret"),
)
MAX_SECRETS = 6
MAX_ROUTES = 6


def empty_document(
    session: Session, filter_text: str = "", secrets: Sequence[KnownSecret] | None = None, kept_in: str = ""
) -> Document:
    """What to do while nothing has come, or while nothing meets the filter; `secrets` is None until they were read."""
    if filter_text:
        return prose(
            line(("No delivery meets the filter ", "dim"), (said(filter_text, 200), "strong")),
            line(
                ("Esc", "mark"), (" shows all of them again, ", "dim"), ("/", "mark"), (" changes the filter.", "dim")
            ),
        )
    if not session.url:
        return prose(line(("Opening the endpoint …", "strong")), *_trouble(session))
    return prose(
        line(("Waiting for the first delivery.", "title")),
        Line(),
        line(said(session.url, 500), hard=True),
        line(("y", "mark"), (" copies it; add your handler's path to it where you register it.", "dim")),
        *_local(session),
        Line(),
        line(("Try it, or press ", "dim"), ("n", "mark"), (f" for a sample delivery, {_signing(secrets)}:", "dim")),
        line((f"curl -i {said(session.url, 500)} --json '{{\"a\":1}}'", "string"), indent=2),
        Line(),
        *_trouble(session),
        *_watching(session),
        *_handler(session),
        *_every_path(session),
        *_secrets(secrets),
        *_kept(kept_in),
        Line(),
        *(line((f"{name}  ", "key"), (steps, "dim"), indent=len(name) + 2) for name, steps in FIRST_STEPS),
    )


def _local(session: Session) -> Iterator[Line]:
    if "this-machine-only" in session.notes:
        yield line(
            ("! ", "warn"),
            "This URL works on this machine only; ",
            ("--public", "strong"),
            " makes one that providers can call.",
            indent=2,
        )


def _every_path(session: Session) -> Iterator[Line]:
    if "every-path" in session.notes:
        told = "Whoever has the URL reaches every path of it; --only-path PREFIX narrows that."
        yield line(("○ ", "dim"), (told, "dim"), indent=2)


def _signing(secrets: Sequence[KnownSecret] | None) -> str:
    return "unsigned until a secret is known" if secrets is not None and not secrets else "signed"


def _watching(session: Session) -> Iterator[Line]:
    """That another session answers: which, why, and what to do about it."""
    if session.told is None or not session.watches:
        return
    told = watching(session.told)
    why = f" ({told.why})" if told.why else ""
    yield line(("! ", "warn"), f"{said(told.who, 64)} answers the senders{why}; {told.here}.", indent=2)
    if session.may_take_over:
        is_without = session.handler and not session.copies
        copies = "; `listen --share` gives your handler a copy." if is_without else "."
        yield line("  ", ("O", "mark"), (f" has this session answer{copies}", "dim"), indent=2)


def _handler(session: Session) -> Iterator[Line]:
    name = said(session.handler, 300)
    if session.routes:
        yield line(("● ", "ok"), f"Deliveries go by {plural(len(session.routes), 'route')}:", indent=2)
        for route in session.routes[:MAX_ROUTES]:
            yield line("    ", said(route, 60), indent=6)
        return
    if not session.handler:
        yield line(("○ ", "dim"), "There is no handler: deliveries are kept and answered with 200.", indent=2)
        yield line("  ", ("H", "mark"), (" names one, such as 3000.", "dim"), indent=2)
    elif session.reachable is None:
        yield line(("◌ ", "dim"), f"Your handler is {name}.", indent=2)
    elif session.reachable:
        yield line(("● ", "ok"), f"Your handler {name} answers now.", indent=2)
    else:
        yield line(("✗ ", "bad"), f"Your handler {name} is not reachable: is it running?", indent=2)


def _secrets(secrets: Sequence[KnownSecret] | None) -> Iterator[Line]:
    if secrets is None:
        return
    if not secrets:
        yield line(
            ("○ ", "dim"),
            "No signing secret is known, so no signature is checked. ",
            ("S", "mark"),
            (" sets one.", "dim"),
            indent=2,
        )
        return
    names = [_secret(secret) for secret in secrets[:MAX_SECRETS]]
    more = f" and {len(secrets) - MAX_SECRETS} more" if len(secrets) > MAX_SECRETS else ""
    yield line(("● ", "ok"), f"Signing secrets: {', '.join(names)}{more}", indent=2)


def _kept(place: str) -> Iterator[Line]:
    if place:
        yield line(
            ("○ ", "dim"),
            (f"Deliveries are kept in {said(place, 300)}; ", "dim"),
            ("q", "mark"),
            (" ends.", "dim"),
            indent=2,
        )


def _secret(secret: KnownSecret) -> str:
    name = f" {secret.name}" if secret.name != "default" else ""
    return f"{said(secret.provider, 40) or 'any provider'}{said(name, 40)} ({secret.fingerprint})"


def _trouble(session: Session) -> Iterator[Line]:
    if session.connection in ("waiting", "refused", "stopped"):
        why = said(session.reason, 300) or "the relay is not reachable"
        yield line(("! ", "warn"), f"No connection to the relay {said(session.relay, 200)}: {why}", indent=2)
        yield line("  ", ("It is tried again by itself; `hookscope doctor` says more.", "dim"), indent=2)
        yield Line()

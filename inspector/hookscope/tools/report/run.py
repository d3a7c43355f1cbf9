"""The report on a capture that a store holds."""

from __future__ import annotations

from hookscope.config.settings import Settings
from hookscope.providers.registry import all_providers
from hookscope.store.reader import CaptureReader
from hookscope.tools.export import curl
from hookscope.tools.report.document import MAX_CURL, TOO_LONG, Report, render_report
from hookscope.tools.save.redact import report_redactor
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

NO_HANDLER = "http://127.0.0.1:3000"


def report_on(store: CaptureReader, name: str, settings: Settings) -> str:
    """Redacted Markdown about a capture; raises `NoSuchCapture`,
    and `InputError` for rules of redaction that make no sense."""
    redactor = report_redactor(settings, all_providers(settings.user, settings.project))
    capture = store.find(name)
    known = capture.delivery.id
    redacted = redactor.redact(capture)
    outcome = redacted.capture.outcome
    command, missing = _curl(redacted.capture.delivery, outcome.handler_url if outcome else "")
    number = store.number_of(known)
    summary = store.summary(number)
    report = Report(
        capture=redacted.capture,
        words=lambda text: redactor.words(text, redacted.values),
        number=number,
        recognition=store.recognition(known),
        verdict=store.verdict(known),
        findings=store.findings(known),
        settled=store.settlement(known),
        calls=store.calls(known),
        beside=summary.beside if summary else "",
        curl=command,
        curl_missing=missing,
        unreadable=redacted.unreadable,
    )
    return render_report(report)


def _curl(delivery: Delivery, handler_url: str) -> tuple[str, str]:
    """The command line, or why there is none."""
    if len(delivery.body) > MAX_CURL:
        return "", TOO_LONG
    try:
        return curl.render(delivery, handler_url or NO_HANDLER + (delivery.target or "/")), ""
    except InputError as error:
        return "", error.what

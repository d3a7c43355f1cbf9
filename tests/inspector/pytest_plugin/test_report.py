from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hookscope.pytest_plugin.cases import Options
from hookscope.pytest_plugin.report import MAX_EXCHANGES, render_report
from plugin_projects.making import SECRET, open_delivery

CSRF = (
    b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Forbidden <span>(403)</span></h1>"
    b"<p>CSRF verification failed. Request aborted.</p></body></html>"
)


def answering(status: str, body: bytes = b"", *headers: tuple[str, str]) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, list(headers))
        return [body]

    return application


def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise LookupError("no order \x1b[31m7")


def test_nothing_sent_is_nothing_to_tell(tmp_path: Path) -> None:
    assert render_report(open_delivery(tmp_path)) == ""


def test_it_tells_what_was_sent_what_came_back_and_why(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    delivery.send(answering("403 Forbidden", CSRF, ("Content-Type", "text/html; charset=utf-8")))
    lines = render_report(delivery).splitlines()
    assert lines[0].startswith("sent, signed with the secret ")
    assert lines[0].endswith(", through function:")
    assert "  POST http://testserver/webhooks/notion" in lines
    assert "  X-Repeated: one" in lines
    assert "  X-Repeated: two" in lines
    assert "  403 Forbidden" in lines
    assert "signature: verified, by the scheme notion" in lines
    assert any(line.startswith("  error ") and "CSRF" in line for line in lines)
    assert any(line.startswith("    → ") for line in lines)


def test_a_refused_tampered_one_is_told_as_such(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    delivery.send(answering("200 OK"))
    delivery.tampered().send(answering("200 OK"))
    lines = render_report(delivery).splitlines()
    assert lines[0].startswith("sent 1 of 2, ")
    assert any(line.startswith("sent 2 of 2 (tampered with), ") for line in lines)
    assert "signature: rejected (the signature is of other bytes or another secret), by the scheme notion" in lines


def test_what_the_application_raised_is_told(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    with pytest.raises(LookupError):
        delivery.send(broken)
    assert "the application raised LookupError after " in render_report(delivery)
    assert "no order ␛[31m7" in render_report(delivery)


async def test_what_is_still_under_way_is_told(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    delivery = open_delivery(tmp_path)
    task = asyncio.ensure_future(delivery.send(application))
    await asked.wait()
    assert "nothing came back: was it awaited?" in render_report(delivery).splitlines()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "the application raised CancelledError after " in render_report(delivery)


@pytest.mark.parametrize(("provider", "options"), [("", Options()), ("notion", Options())])
def test_without_a_secret_the_signature_is_not_judged(tmp_path: Path, provider: str, options: Options) -> None:
    delivery = open_delivery(tmp_path, provider, options=options)
    delivery.send(answering("200 OK"))
    assert "signature: not looked at, for want of a secret" in render_report(delivery)


def test_no_proxy_is_blamed_where_there_is_none(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    delivery.send(
        answering(
            "307 Temporary Redirect", b"", ("content-length", "0"), ("location", "http://testserver/webhooks/notion/")
        )
    )
    report = render_report(delivery)
    assert "HAProxy" not in report
    assert "redirect.trailing-slash: the application redirects" in report


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path, "").edited(body=b"\x1b]0;title\x07\xff\n[/x]", headers={"X-A": "\x9b31m"})
    delivery.send(answering("500 \x1b[2J", b"\x1b[31m\x00", ("X-B", "\x1b[0m")))
    report = render_report(delivery)
    assert all(letter.isprintable() or letter in "\n" for letter in report)
    report.encode("utf-8")


@pytest.mark.parametrize("provider", ["gitlab", "notion"])
def test_secrets_and_credentials_are_not_told(tmp_path: Path, provider: str) -> None:
    delivery = open_delivery(tmp_path, provider).edited(
        headers={"Authorization": "Bearer abcdefgh", "Cookie": "session=abcdefgh"},
        body=f'{{"object_kind":"push","echo":"gitlab-token-1 {SECRET}"}}',
    )
    delivery.send(answering("500 X", b"gitlab-token-1 " + SECRET.encode(), ("Set-Cookie", "session=abcdefgh")))
    report = render_report(delivery)
    assert "abcdefgh" not in report
    assert ("gitlab-token-1" if provider == "gitlab" else SECRET) not in report
    assert "(16 characters, not shown)" in report


def test_the_report_is_bounded(tmp_path: Path) -> None:
    headers = [(f"X-{number}", "v" * 1_000) for number in range(100)]
    delivery = open_delivery(tmp_path, "").edited(body=b"x" * 5_000_000, headers=headers)
    for _ in range(30):
        delivery.send(answering("500 X", b"y" * 5_000_000))
    report = render_report(delivery)
    assert len(report) < MAX_EXCHANGES * 20_000
    assert report.startswith("(20 earlier ones are left out)")
    assert "(5,000,000 bytes in all)" in report

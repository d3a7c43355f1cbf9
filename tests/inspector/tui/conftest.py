"""A screen to test: a real capture store with a few deliveries, and an engine that does nothing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Input

from factories import NOW, make_delivery
from held import begun
from hookscope.config.settings import Settings
from hookscope.model.capture import Attempt, Failure
from hookscope.model.events import Attempted, Captured, ConnectionChanged, Event, Listener, Ready
from hookscope.model.finding import Evidence, Explained, Finding
from hookscope.model.session_requests import (
    Backlog,
    Clear,
    Held,
    KeepSecret,
    Replay,
    Replayed,
    Resume,
    SendSample,
    SessionRequest,
    SetSecret,
    SwitchHandler,
)
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.captures import CaptureStore
from hookscope.tui.app import HookscopeApp
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import HookscopeError

URL = "https://relay.example/abcdefghijklmnopqrst"

REDIRECT = Finding(
    code="redirect.trailing-slash",
    severity="error",
    cause="trailing-slash",
    layer="framework",
    title="The handler redirects to the path with a slash, and Notion does not follow",
    hint="Put /webhooks/notion/ into the subscription's URL.",
    evidence=(Evidence("Location adds a slash", "answer.headers.Location", 0, 17),),
)
VERIFIED = Verdict(state="verified", provider="notion", scheme="hmac-sha256", secret="ab12")

REPLAYED = Replayed(
    number=4,
    attempt=Attempt(
        number=2,
        origin="replay",
        handler_url="http://127.0.0.1:3000/webhooks/notion",
        started_at=NOW,
        elapsed_ms=12.0,
        answer=Answer(status=200, reason="OK"),
    ),
    explained=Explained(None, ()),
)


class FakeEngine:
    """Emits what the test says, on the test's thread, and answers every request at once."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.asked: list[SessionRequest] = []
        self.answers: dict[type[SessionRequest], Any] = {
            Replay: REPLAYED,
            Backlog: ["1", "2"],
            Resume: 0,
            Held: ["3"],
            SwitchHandler: "http://localhost:4000",
            SetSecret: "ab12cd34",
            SendSample: 200,
            KeepSecret: "kept",
            Clear: 4,
        }
        self.error: HookscopeError | None = None
        self.emit: Listener = lambda event: None

    def start(self, listener: Listener) -> None:
        self.emit = listener
        for event in self.events:
            listener(event)

    def submit(self, request: SessionRequest) -> Future[Any]:
        self.asked.append(request)
        future: Future[Any] = Future()
        if self.error is not None:
            future.set_exception(self.error)
        else:
            answer = self.answers.get(type(request))
            future.set_result(answer(request) if callable(answer) else answer)
        return future

    def stop(self) -> None:
        pass


READY = Ready(at=NOW, url=URL, handler="", endpoint="abc", relay="https://relay.example")
READY_WITH_HANDLER = Ready(
    at=NOW, url=URL, handler="http://127.0.0.1:9/webhooks", endpoint="abc", relay="https://relay.example"
)
CONNECTED = ConnectionChanged(at=NOW, state="connected", role="answering")


class World:
    """The store and the engine behind a screen, ways to fill them, and ways to look at the screen."""

    url = URL
    redirect = REDIRECT
    slash = replace(REDIRECT, cause="trailing-slash-redirect", path="/webhooks/notion/")
    replayed = REPLAYED
    verified = VERIFIED

    def __init__(self, store: CaptureStore) -> None:
        self.store = store
        self.engine = FakeEngine(READY_WITH_HANDLER, CONNECTED)
        self.home = store.path.parent
        self.settings = Settings(values={}, environ={"HOOKSCOPE_HOME": str(self.home)}, project={}, user={})

    def app(self, **options: Any) -> HookscopeApp:
        return HookscopeApp(self.engine, self.store, settings=self.settings, **options)

    async def keep(
        self,
        status: int | None = 200,
        *,
        failure: str = "",
        findings: tuple[Finding, ...] = (),
        answer_headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain"),),
        answer_body: bytes = b"ok\n",
        attempts: int = 1,
        provider: str = "notion",
        event_type: str = "page.created",
        verdict: Verdict | None = VERIFIED,
        owed: bool = False,
        event_id: str = "",
        object_id: str = "",
        **changes: Any,
    ) -> int:
        """Hold a delivery and what came of it; its number."""
        delivery = make_delivery(**changes)
        recognition = Recognition(provider=provider, event_type=event_type, event_id=event_id, object_id=object_id)
        kept = await self.store.keep(delivery, origin="live", owed=owed, recognition=recognition)
        for _ in range(attempts if status or failure else 0):
            url = "http://127.0.0.1:3000" + delivery.target
            number = await self.store.begin_attempt(delivery.id, begun("live", url, delivery.received_at + 0.004))
            answer = (
                Answer(status=status, reason="Reason", headers=answer_headers, body=answer_body) if status else None
            )
            await self.store.end_attempt(
                delivery.id,
                number,
                elapsed_ms=12.4,
                answer=answer,
                failure=Failure(kind="refused", detail="connection refused") if failure else None,
            )
            await self.store.keep_findings(delivery.id, number, verdict, findings)
        return kept.number

    async def fill(self) -> None:
        """Four deliveries that went differently; the last one well."""
        await self.keep(308, findings=(REDIRECT,), answer_headers=(("Location", "/webhooks/notion/"),), answer_body=b"")
        await self.keep(None, failure="refused", target="/hooks/github", provider="github", event_type="push")
        await self.keep(None, target="/owed", owed=True, provider="", event_type="")
        await self.keep(200, attempts=2)

    def ready(self, handler: str) -> None:
        """Let the session forward to this handler."""
        self.engine.events = (replace(READY_WITH_HANDLER, handler=handler), CONNECTED)

    async def type(self, pilot: Any, text: str, replace: bool = False) -> None:
        """Type into the field that has the focus; its text at once,
        since every key that a test presses takes its time."""
        field = pilot.app.focused
        assert isinstance(field, Input)
        if replace:
            field.value = ""
        field.insert_text_at_cursor(text)
        await pilot.pause()

    ok = Answer(status=200, reason="OK")

    def arrive(self, number: int) -> None:
        """Tell the screen of a capture, as the engine does."""
        summary = self.store.summary(number)
        assert summary is not None
        self.engine.emit(
            Captured(
                at=NOW,
                id=summary.id,
                number=number,
                origin="live",
                method=summary.method,
                target=summary.target,
                provider=summary.provider,
                event_type=summary.event_type,
                bytes=summary.bytes,
                owed=summary.owed,
                received_at=summary.received_at,
            )
        )

    def attempted(self, number: int) -> None:
        """Tell the screen that an attempt ended."""
        self.engine.emit(
            Attempted(
                at=NOW,
                id="",
                number=number,
                attempt=1,
                origin="live",
                method="POST",
                target="/",
                elapsed_ms=3.0,
                status=200,
            )
        )

    async def filter(self, pilot: Any, text: str) -> None:
        """Enter a filter; its text at once, since every key that a test presses takes its time."""
        await pilot.press("slash")
        pilot.app.screen.query_one(Input).insert_text_at_cursor(text)
        await pilot.press("enter")

    def text(self, app: HookscopeApp) -> str:
        """What the screen shows."""
        return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    async def until(self, pilot: Any, seen: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something is so; fails with the screen's text where it never is."""
        for _ in range(int(seconds / 0.02)):
            if seen():
                return
            await asyncio.sleep(0.02)
        told = [told.message for told in pilot.app._notifications]
        raise AssertionError(f"{self.text(pilot.app)}\n{told}")

    async def looks(self, pilot: Any, as_wanted: Callable[[str], bool]) -> str:
        """Wait until the screen's text is as wanted; the text. It is drawn once for each look, which takes its time."""
        text = ""

        def seen() -> bool:
            nonlocal text
            text = self.text(pilot.app)
            return as_wanted(text)

        await self.until(pilot, seen)
        return text

    async def shows(self, pilot: Any, *texts: str) -> str:
        """Wait until the screen shows all the texts; what it then shows."""
        return await self.looks(pilot, lambda shown: all(text in shown for text in texts))

    async def tells(self, pilot: Any, text: str) -> None:
        """Wait until the user is told the text, by a notice that goes away again;
        where it is broken into lines counts for nothing."""
        await self.until(pilot, lambda: any(text in told.message for told in pilot.app._notifications))
        await self.until(pilot, lambda: text.split(maxsplit=1)[0] in self.text(pilot.app))

    async def hides(self, pilot: Any, text: str) -> str:
        """Wait until the screen does not show the text; what it then shows."""
        return await self.looks(pilot, lambda shown: text not in shown)


@pytest.fixture
def world(store: CaptureStore) -> World:
    return World(store)

"""What concerns the session: pausing, what was held, the backlog, the handler, secrets, samples."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hookscope.model.session_requests import (
    Backlog,
    Held,
    KeepSecret,
    Pause,
    Replay,
    Resume,
    SendSample,
    SetSecret,
    SwitchHandler,
    TakeOver,
)
from hookscope.tools.filters.language import parse
from hookscope.tui.actions.resend import check_handler
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog, confirm
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job, replay_each
from hookscope.tui.engine.offers import provider_names
from hookscope.tui.presentation.handshake import handshake_document
from hookscope.tui.presentation.notices import BEGUN_S
from hookscope.tui.presentation.units import plural

# What most people of this tool receive; a provider that is seen comes before it.
USUAL_PROVIDER = "notion"
ACCEPTED = parse("status:2xx")
# What nobody delivers events with.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOKED_AT = 50


def pause(screen: ActionScreen) -> None:
    """Pause forwarding, or go on."""
    screen.ask(Resume() if screen.session.paused else Pause())


def take_over(screen: ActionScreen) -> None:
    """Have this session answer from now on; the relay's word on it is told when it comes."""
    screen.ask(TakeOver())


def offer_held(screen: ActionScreen, held: int) -> None:
    """After a pause: offer to hand over what was held meanwhile."""
    if not held:
        return
    title = f"{plural(held, 'delivery was', 'deliveries were')} held while forwarding was paused. Forward them?"
    stake = "Their senders were answered with 202 and will not send them again."
    confirm(screen.app, title, stake, "forward them", lambda: screen.ask(Held()), "keep them")


def forward_held(screen: ActionScreen) -> None:
    """Ask what is held, to hand it over."""
    screen.ask(Held())


def forward_backlog(screen: ActionScreen) -> None:
    """Ask what nobody has handled yet, to hand it over."""
    screen.ask(Backlog())


def offer_backlog(screen: ActionScreen, names: Sequence[str]) -> None:
    """Ask whether to hand over what the engine named as owed."""
    if not names:
        return
    what = plural(len(names), "delivery", "deliveries")
    stake = (
        f"Each goes to {screen.session.goes_to} as it came, oldest first; its sender was answered in the handler's"
        " place. Esc stops it on the way."
    )
    title = f"Hand over {what} that nobody has handled yet?"
    confirm(screen.app, title, stake, "hand them over", lambda: hand_over(screen, names))


def hand_over(screen: ActionScreen, names: Sequence[str]) -> None:
    """Hand over what the engine named, one after the other."""
    job = Job("forwarding", len(names))
    requests = (Replay(name=name, origin="backlog") for name in names)
    if names:
        screen.work_on(job, lambda: replay_each(screen.engine, job, requests, at_once=1))


def switch_handler(screen: ActionScreen) -> None:
    """Ask for another handler for what comes from now on."""

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.ask(SwitchHandler(handler=answers.values[0]))

    def check(answers: Answers) -> str:
        return check_handler(answers) if answers.values[0] else ""

    field = Field(label="Handler", value=screen.session.handler, hint="3000, host:port, 3000/path or a URL")
    note = "Deliveries go there from the next one on. Empty: they are kept only."
    screen.app.push_screen(QuestionScreen("Switch the handler", [field], check, note=note), answered)


def set_secret(screen: ActionScreen) -> None:
    """Ask for a provider's signing secret."""
    providers = provider_names(screen.settings)

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.ask(SetSecret(provider=answers.values[0].lower(), secret=answers.values[1]))

    def check(answers: Answers) -> str:
        provider, secret = answers.values
        return check_provider(provider, providers) or ("" if secret else "the secret is empty")

    fields = [
        Field(label="Provider", value=seen_provider(screen), hint="notion, github, stripe …", offers=providers),
        Field(label="Secret", secret=True),
    ]
    note = "It is kept in your keyring or a file that only you can read."
    screen.app.push_screen(QuestionScreen("Set a signing secret", fields, check, note=note), answered)


def send_sample(screen: ActionScreen) -> None:
    """Ask for a provider and an event, and send a sample of it to the public URL."""
    providers = provider_names(screen.settings)

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.say("sending a sample …", seconds=BEGUN_S)
            provider, event, path = answers.values
            screen.ask(SendSample(provider=provider.lower(), event=event, path=path))

    def check(answers: Answers) -> str:
        provider, _, path = answers.values
        wrong = "" if not path or path.startswith("/") else "the path begins with a slash, such as /webhooks/notion"
        return check_provider(provider, providers) or wrong

    fields = [
        Field(label="Provider", value=seen_provider(screen) or USUAL_PROVIDER, offers=providers),
        Field(label="Event", hint="its usual one; `hookscope send --list` shows others"),
        Field(label="Path", value=accepted_path(screen), hint="your handler's own, such as /webhooks/notion"),
    ]
    note = "It goes to the public URL with this path behind it, signed with the provider's secret where one is known."
    screen.app.push_screen(QuestionScreen("Send a sample delivery", fields, check, note=note), answered)


def accepted_path(screen: ActionScreen) -> str:
    """The path of the selected delivery if it was accepted, else the last one that was, of its provider first; else the
    selected one's."""
    selected = screen.list.selected
    chosen = [selected] if selected is not None else []
    accepted = [one for one in chosen if 200 <= (one.status or 0) < 300]
    others = [one for one in screen.store.summaries(ACCEPTED, limit=LOOKED_AT) if one.method not in SAFE]
    accepted += sorted(others, key=lambda one: selected is None or one.provider != selected.provider)
    paths = (summary.target.partition("?")[0] for summary in [*accepted, *chosen])
    return next((path for path in paths if path not in ("", "/") and "//" not in path), "")


def keep_secret(screen: ActionScreen) -> None:
    """Show the latest verification token, and ask whether to keep it."""
    seen = screen.handshake
    if seen is None:
        return

    def copy() -> None:
        screen.app.copy_to_clipboard(seen.token)
        screen.say("copied the token")

    def answered(answer: str | None) -> None:
        if answer == "keep":
            screen.ask(KeepSecret(name=str(seen.number)))

    # No key that is pressed for something else: the box opens by itself.
    answers = dict(CLOSE) | {"n": ""} if seen.kept == "kept" else {"escape": "", "n": "", "K": "keep"}
    screen.app.push_screen(Dialog(lambda width: handshake_document(seen, width), answers, {"c": copy}), answered)


def check_provider(name: str, providers: Collection[str]) -> str:
    """Why a name is no provider's; empty where it is one's."""
    return "" if name.lower() in providers else f"there is no provider {name[:40]!r}; `hookscope providers` lists them"


def seen_provider(screen: ActionScreen) -> str:
    """The provider of the selected delivery; empty where it is none that is known."""
    selected = screen.list.selected
    return selected.provider if selected is not None and selected.provider in provider_names(screen.settings) else ""

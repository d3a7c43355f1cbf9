"""`hookscope api`: whether an API accepts the handler's token, whose it is and what it sees, before anything fails; and
what a delivery only names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.api.directory import Api
    from hookscope.model.call import Call
    from hookscope.store.captures import CaptureStore

OBJECTS = 5
LOOKED_AT = 100


def run(settings: Settings) -> int:
    """Do what the action says; 1 where the API refuses or something is not seen."""
    from hookscope.commands.captures import open_captures

    with open_captures(settings) as store:
        return {"check": _check, "enrich": _enrich}[settings.text("action")](settings, store)


class Asker:
    """Asks an API with the user's own token; the calls are kept, so that a token that changes later is seen."""

    def __init__(self, settings: Settings, store: CaptureStore, api: Api) -> None:
        from hookscope.api.account import find_token, headers_for
        from hookscope.api.judge import Judge
        from hookscope.providers.registry import all_providers
        from hookscope.secrets.dotenv import with_dotenv
        from hookscope.session.plan import HeldToken
        from hookscope.tools.save.redact import report_redactor
        from hookscope_relay.errors import InputError

        held = find_token(api, with_dotenv(settings.environ, settings.text("dotenv")))
        if held is None:
            raise InputError(
                f"no token of {api.title} is known", f"set {api.secrets[0]}, or name a file that has it with --dotenv"
            )
        variable, token = held
        self.held = HeldToken(
            api=api, variable=variable, headers=headers_for(api, token, settings.text("version-header"))
        )
        self.before = store.last_good(api.name)
        self._judge = Judge({api.name: self.before})
        self._redactor = report_redactor(settings, all_providers(settings.user, settings.project))
        self._store = store

    def ask(self, method: str, target: str, body: bytes = b"") -> tuple[Call, Call]:
        """The call as it came back, and as it is kept."""
        import asyncio

        from hookscope.session.tokens import ask_with

        raw, judged = ask_with(self.held, method, target, body, self._redactor, self._judge)
        asyncio.run(self._store.keep_calls([judged]))
        return raw, judged


def _check(settings: Settings, store: CaptureStore) -> int:
    import json

    from hookscope.api.directory import parse_apis
    from hookscope_relay.errors import InputError

    (api,) = parse_apis([settings.text("what")]).values()
    if "{}" in api.base or not api.who:
        raise InputError(
            f"{api.title or api.name} has no call that says whose a token is",
            "check notion, github, stripe, slack, linear, hubspot or airtable",
        )
    found = _look(Asker(settings, store, api), store)
    if settings.flag("json"):
        print(json.dumps(found))
    else:
        _print(found)
    return 0 if found["accepted"] and not found["not_seen"] else 1


def _look(asker: Asker, store: CaptureStore) -> dict[str, Any]:
    """What a check finds, as plain values."""
    import time

    from hookscope.api.account import lacks, owner_of, pause_of

    api, before = asker.held.api, asker.before
    method, _, target = api.who.partition(" ")
    raw, first = asker.ask(method, target, api.ask.encode())
    accepted = first.explained is None
    seen: dict[str, bool] = {}
    for path, words in _objects(store, api).items() if accepted else ():
        time.sleep(pause_of(api))  # never more calls than the API allows
        seen[words] = asker.ask("GET", path)[1].status == 200
    digest = first.credential.digest if first.credential else ""
    return {
        "api": api.name,
        "base": api.base,
        "token": {"variable": asker.held.variable, "shown": first.credential.words if first.credential else ""},
        "worked_before": before.get(digest),
        "another_worked": max((at for other, at in before.items() if other != digest), default=None),
        "accepted": accepted,
        "whose": owner_of(api, raw) if accepted else {},
        "version": dict(asker.held.headers).get(api.version) if api.version else None,
        "seen": [words for words, is_seen in seen.items() if is_seen],
        "not_seen": [words for words, is_seen in seen.items() if not is_seen],
        "lacks": list(lacks(_recent(store, api))),
        "findings": [finding.to_mapping() for finding in first.findings if finding.severity == "error"],
    }


def _enrich(settings: Settings, store: CaptureStore) -> int:
    """Fetch what a delivery only names, and print it as it came."""
    import sys

    from hookscope.api.account import path_of_object
    from hookscope.api.directory import known_apis
    from hookscope.console.exact import write_exact
    from hookscope.text.safe import safe_text
    from hookscope_relay.errors import InputError

    capture = store.find(settings.text("what"))
    recognition = store.recognition(capture.delivery.id)
    api = known_apis().get(recognition.provider)
    path = path_of_object(api, capture.delivery.body, recognition.object_id) if api else ""
    if api is None or not path:
        raise InputError("this delivery names no object that hookscope knows how to fetch", "enrich one of Notion's")
    if base := settings.text("base"):
        from hookscope.api.directory import parse_apis

        (api,) = parse_apis([f"{api.name}={base}"]).values()
    raw, judged = Asker(settings, store, api).ask("GET", path)
    for finding in judged.findings:
        print(f"hookscope: {safe_text(finding.title)}: {safe_text(finding.hint)}", file=sys.stderr)
    if raw.answer is not None:
        write_exact(raw.answer.body)
    return 1 if judged.explained is not None else 0


def _objects(store: CaptureStore, api: Api) -> dict[str, str]:
    """The paths of the objects of the provider's newest deliveries, each with the words that name it."""
    from hookscope.api.account import path_of_object

    found: dict[str, str] = {}
    for summary in store.summaries(limit=LOOKED_AT) if api.object else ():
        if summary.provider == api.name and not summary.event_type.endswith(".deleted") and len(found) < OBJECTS:
            name = store.recognition(summary.id).object_id
            path = path_of_object(api, store.find(str(summary.number)).delivery.body, name)
            if path:
                found.setdefault(path, f"{name} (#{summary.number})")
    return found


def _recent(store: CaptureStore, api: Api) -> list[Call]:
    """The calls of the newest deliveries."""
    summaries = store.summaries(limit=LOOKED_AT)
    return [call for summary in summaries if summary.api for call in store.calls(summary.id) if call.api == api.name]


def _print(found: Mapping[str, Any]) -> None:
    from hookscope.text.safe import safe_text
    from hookscope.text.timestamp import render_time

    print(f"{found['api']} at {found['base']}")
    print(f"  token      {found['token']['variable']}: {safe_text(found['token']['shown'])}")
    if found["worked_before"]:
        print(f"             accepted before, the last time at {render_time(found['worked_before'])}")
    elif found["another_worked"]:
        print(f"             not the one that was accepted at {render_time(found['another_worked'])}")
    whose = ", ".join(f"{name} {safe_text(value)}" for name, value in found["whose"].items())
    print(f"  accepted   {'yes' if found['accepted'] else 'no'}{f': {whose}' if whose else ''}")
    if found["version"]:
        print(f"  version    {safe_text(found['version'])}")
    if found["seen"] or found["not_seen"]:
        print(
            f"  sees       {len(found['seen'])} of {len(found['seen']) + len(found['not_seen'])} objects of "
            "recent deliveries"
        )
    for name in found["not_seen"]:
        print(f"  ✗ does not see {safe_text(name)}: share it with the app, or it is gone")
    for text in found["lacks"]:
        print(f"  ✗ the handler was refused: {safe_text(text)}")
    for finding in found["findings"]:
        print(f"  ✗ {safe_text(finding['title'])} [{finding['code']}]")
        print(f"    → {safe_text(finding['hint'])}")


COMMAND = Command(
    name="api",
    summary="check whether an API accepts the handler's token and what it sees, or fetch what a delivery only names",
    description=(
        "Makes a few calls that only read, slower than the API allows: whose the token is, and whether it sees the "
        "objects of recent deliveries. The token is looked for in the environment (NOTION_TOKEN, GITHUB_TOKEN, "
        "STRIPE_SECRET_KEY, SLACK_BOT_TOKEN, …) and in --dotenv; it is never printed or kept."
    ),
    arguments=(
        Argument(name="action", help="what to do", choices=("check", "enrich")),
        Argument(
            name="what",
            help=(
                "to check: notion, github, stripe, slack, linear, hubspot, airtable, or one of them as NAME=URL; to"
                " enrich: a capture"
            ),
        ),
    ),
    options=(
        Option(name="dotenv", help="look for the token in this .env file too", metavar="FILE"),
        Option(
            name="base", help="enrich from this URL in the place of the API's own", metavar="URL", widens_trust=True
        ),
        Option(name="version-header", help="the version to ask with, such as 2022-06-28", metavar="VERSION"),
        options.JSON,
    ),
    run=run,
)

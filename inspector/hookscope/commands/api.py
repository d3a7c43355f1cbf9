"""`hookscope api check`: whether an API accepts the handler's token, whose it is, and what it sees, before anything
fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Option, Settings

if TYPE_CHECKING:
    from hookscope.api.directory import Api
    from hookscope.model.call import Call
    from hookscope.store.captures import CaptureStore

OBJECTS = 5
LOOKED_AT = 100


def run(settings: Settings) -> int:
    """Ask the API, print what was found; 1 where the token is refused or something is not seen."""
    import json

    from hookscope.api.directory import parse_apis
    from hookscope.commands.captures import open_captures

    (api,) = parse_apis([settings.text("api-name")]).values()
    with open_captures(settings) as store:
        found = _check(settings, api, store)
    if settings.flag("json"):
        print(json.dumps(found))
    else:
        _print(found)
    is_well = found["accepted"] and not found["not_seen"] and not found["findings"]
    return 0 if is_well else 1


def _check(settings: Settings, api: Api, store: CaptureStore) -> dict[str, Any]:
    """What a check finds, as plain values; its calls are kept, so that a token that changes later is seen."""
    import asyncio
    import time

    from hookscope.api.account import find_token, headers_for, lacks, owner_of, pause_of
    from hookscope.api.ask import ask
    from hookscope.api.credential import read_credential, secret_values
    from hookscope.api.judge import Judge
    from hookscope.providers.registry import all_providers
    from hookscope.tools.redaction.call import redact_call
    from hookscope.tools.save.redact import report_redactor
    from hookscope_relay.errors import InputError

    if "{}" in api.base or not api.who:
        raise InputError(
            f"{api.title or api.name} has no call that says whose a token is",
            "check notion, github, stripe, slack, linear, hubspot or airtable",
        )
    environ = _environ(settings)
    held = find_token(api, environ)
    if held is None:
        raise InputError(
            f"no token of {api.title} is known", f"set {api.secrets[0]}, or name a file that has it with --dotenv"
        )
    variable, token = held
    headers = headers_for(api, token, settings.text("version-header"))
    before = store.last_good(api.name)
    judge = Judge({api.name: before})
    redactor = report_redactor(settings, all_providers(settings.user, settings.project))

    def make(method: str, target: str, body: bytes = b"") -> tuple[Call, Call]:
        """The call as it came back, and as it may be kept."""
        call = ask(api.name, api.base, method, target, headers, body)
        named = redact_call(redactor, _with(call, read_credential(headers, target)), secret_values(headers, target))
        return call, judge.judge(named)

    method, _, target = api.who.partition(" ")
    raw, first = make(method, target, api.ask.encode())
    kept = [first]
    objects = _objects(store, api) if first.explained is None else {}
    for delivery_object in objects:
        time.sleep(pause_of(api))
        kept.append(make("GET", api.object.format(delivery_object))[1])
    asyncio.run(store.keep_calls(kept))
    seen = {name: call.status == 200 for name, call in zip(objects, kept[1:], strict=True)}
    digest = first.credential.digest if first.credential else ""
    return {
        "api": api.name,
        "base": api.base,
        "token": {"variable": variable, "shown": first.credential.words if first.credential else ""},
        "worked_before": before.get(digest),
        "another_worked": max((at for other, at in before.items() if other != digest), default=None),
        "accepted": first.explained is None,
        "whose": owner_of(api, raw) if first.explained is None else {},
        "version": dict(headers).get(api.version) if api.version else None,
        "seen": [objects[name] for name, is_seen in seen.items() if is_seen],
        "not_seen": [objects[name] for name, is_seen in seen.items() if not is_seen],
        "lacks": list(lacks(_recent(store, api))),
        "findings": [finding.to_mapping() for finding in first.findings if finding.severity == "error"],
    }


def _with(call: Call, credential: Any) -> Call:
    from dataclasses import replace

    return replace(call, credential=credential)


def _environ(settings: Settings) -> Mapping[str, str]:
    from pathlib import Path

    from hookscope.secrets.dotenv import parse_dotenv
    from hookscope_relay.errors import InputError

    if not (name := settings.text("dotenv")):
        return settings.environ
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--dotenv {name} cannot be read ({error})", "name a .env file") from None
    return {**settings.environ, **parse_dotenv(text, settings.environ)}


def _objects(store: CaptureStore, api: Api) -> dict[str, str]:
    """The objects of the provider's newest deliveries, each with the delivery that names it; none where the API has no
    path for one."""
    found: dict[str, str] = {}
    for summary in store.summaries(limit=LOOKED_AT) if api.object else ():
        if summary.provider == api.name and summary.event_type.startswith("page.") and len(found) < OBJECTS:
            recognition = store.recognition(summary.id)
            if recognition.object_id:
                found.setdefault(recognition.object_id, f"{recognition.object_id} (#{summary.number})")
    return found


def _recent(store: CaptureStore, api: Api) -> list[Call]:
    """The calls of the newest deliveries."""
    summaries = store.summaries(limit=LOOKED_AT)
    return [call for summary in summaries if summary.api for call in store.calls(summary.id) if call.api == api.name]


def _print(found: Mapping[str, Any]) -> None:
    from hookscope.model.capture_file import render_time
    from hookscope.text.safe import safe_text

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
    summary="check whether an API accepts the handler's token, whose it is, and what it sees",
    description=(
        "Makes a few calls that only read, slower than the API allows: whose the token is, and whether it sees the "
        "objects of recent deliveries. The token is looked for in the environment (NOTION_TOKEN, GITHUB_TOKEN, "
        "STRIPE_SECRET_KEY, SLACK_BOT_TOKEN, …) and in --dotenv; it is never printed or kept."
    ),
    arguments=(
        Argument(name="action", help="what to do", choices=("check",)),
        Argument(
            name="api-name", help="notion, github, stripe, slack, linear, hubspot, airtable, or one of them as NAME=URL"
        ),
    ),
    options=(
        Option(name="dotenv", help="look for the token in this .env file too", metavar="FILE"),
        Option(name="version-header", help="the version to ask with, such as 2022-06-28", metavar="VERSION"),
        options.JSON,
    ),
    run=run,
)

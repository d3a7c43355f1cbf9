"""The routes that the settings describe: those of the command line, else those of a configuration file; for a replay
else those of the session at its endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hookscope.config.project import find_project
from hookscope.config.session_note import find_note
from hookscope.config.settings import Settings
from hookscope.config.table_lists import read_tables
from hookscope.model.handler import Handler, parse_handler, within
from hookscope.model.pace import Pace
from hookscope.session.transform import TransformPlan, parse_transform
from hookscope.tools.routes.parse import dressed, parse_routes, read_routes
from hookscope.tools.routes.rule import RouteRule
from hookscope_relay.errors import InputError


def pace_of(settings: Settings) -> Pace:
    """The pace that --rate, --concurrency and --retry set for every route."""
    for name, most in (("concurrency", 100_000), ("retry", 100)):
        if settings.given(name) and not (name == "concurrency") <= settings.whole(name) <= most:
            raise InputError(f"--{name} {settings.whole(name)} makes no sense", f"give a number up to {most}")
    return Pace(
        rate=settings.number("rate") if settings.given("rate") else None,
        concurrency=settings.whole("concurrency") if settings.given("concurrency") else None,
        retry=settings.whole("retry") if settings.given("retry") else 0,
    )


def transform_of(settings: Settings) -> TransformPlan | None:
    """The function that changes deliveries, if one is named; its module is looked for beside what names it: here for
    the command line, in the project's folder for its file, else beside the user's own file."""
    if not (text := settings.text("transform")):
        return None
    source = settings.sources.get("transform")
    folder = settings.places.config
    if source == "flag":
        folder = Path.cwd()
    elif source == "project" and (path := find_project(Path.cwd()).path) is not None:
        folder = path.parent
    return parse_transform(text, folder)


def dressed_routes(
    settings: Settings, rules: tuple[RouteRule, ...], rest: Handler | None
) -> tuple[tuple[RouteRule, ...], Handler | None]:
    """The routes, and the handler of what none of them takes, with what --host and --set-header set for all; a handler
    alone becomes a route then, which takes everything."""
    host, headers = settings.text("host"), settings.many("set-header")
    if not (host or headers):
        return rules, rest
    if not rules and rest is not None:
        rules, rest = (RouteRule(name="all", handler=rest),), None
    try:
        return dressed(rules, host, headers), rest
    except InputError as error:
        raise InputError(f"--set-header or --host: {error.what}", error.remedy) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """What a replay goes by: routes, the handler of what none of them takes, and a transform; `said` is where they are
    from, where that is not what the user typed or wrote."""

    rules: tuple[RouteRule, ...] = ()
    rest: Handler | None = None
    transform: TransformPlan | None = None
    said: str = ""


def table_for_replay(settings: Settings, endpoint: str) -> RouteTable:
    """As the settings have it, else as the session had it that runs at the endpoint of an id, or ran there last."""
    rules, transform = routes_of(settings), transform_of(settings)
    found = find_note(settings.places.endpoints, endpoint)
    if rules or found is None or not (found[0].routes or (found[0].transform and transform is None)):
        return RouteTable(rules=rules, transform=transform)
    note, runs = found
    words = []
    if transform is None and note.transform:
        transform = parse_transform(note.transform, Path(note.transform_folder))
        words = [f"the transform {note.transform}"]
    rules = read_routes(note.routes, lambda _, key: f"the last session's routes: {key}")
    rest = parse_handler(note.rest) if note.rest else None
    if rules:
        words.insert(0, f"the routes {', '.join(rule.name for rule in rules)}")
    whose = "the session that runs" if runs else "the last session"
    said = f"by {' and '.join(words)} of {whose}; --to names one handler in their place"
    return RouteTable(rules=rules, rest=rest, transform=transform, said=said)


def routes_of(settings: Settings) -> tuple[RouteRule, ...]:
    """The routes in their order, none where none are written.

    `InputError` says of a wrong one where it stands; `RefusedForSafety` where a project's were not allowed.
    """
    if given := settings.many("route"):
        return parse_routes(given)
    found = read_tables("route", settings.places)
    rules = read_routes(found.tables, found.place)
    # A replay has no such option: what it sends is named.
    return _narrowed(rules, settings.values.get("only-path") or "") if found.of_project else rules


def _narrowed(rules: tuple[RouteRule, ...], only_path: str) -> tuple[RouteRule, ...]:
    """The routes, those without a path of their own that would open more than the one that holds for all."""
    return tuple(
        rule if not rule.only_path or within(rule.only_path, only_path) else replace(rule, only_path="")
        for rule in rules
    )

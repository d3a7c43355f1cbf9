"""`hookscope routes`: which routes a delivery would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookscope.model.capture import Capture
    from hookscope.tools.routes.rule import RouteRule

NOT_TAKEN = 1


def run(settings: Settings) -> int:
    """Show the routes, and of each capture where it would go; 0 where every one would be handed over, 1 where not."""
    import json

    from hookscope.apps.routes import dressed_routes, routes_of
    from hookscope.model.handler import parse_handler
    from hookscope.providers.recognition import recognise
    from hookscope.providers.registry import all_providers
    from hookscope.text.safe import safe_text
    from hookscope.tools.routes.rule import REST, RouteRule
    from hookscope_relay.errors import InputError

    named = settings.text("handler")
    rules, handler = dressed_routes(settings, routes_of(settings), parse_handler(named) if named else None)
    rest = None
    if handler is not None:
        rest = RouteRule(name=REST, handler=handler, only_path=settings.text("only-path"))
    if not rules and rest is None:
        raise InputError(
            "there are no routes", "give --route 'path:/stripe -> 3000', or write [[route]] in config.toml"
        )
    if not settings.many("capture"):
        for rule in (*rules, *((rest,) if rest else ())):
            print(json.dumps(_facts(rule)) if settings.flag("json") else safe_text(_rule_line(rule)))
        return 0
    providers = all_providers(settings.user, settings.project)
    code = 0
    for name, capture in _captures(settings):
        known = recognise(capture.delivery, providers, settings.text("provider"))
        mapping = _would(name, capture, known, rules, rest)
        code = code if mapping["taken"] else NOT_TAKEN
        if settings.flag("json"):
            print(json.dumps(mapping))
            continue
        for line in _lines(mapping):
            print(safe_text(line))
    return code


def _captures(settings: Settings) -> Iterator[tuple[str, Capture]]:
    from hookscope.commands.captures import open_captures
    from hookscope.commands.find_captures import is_file
    from hookscope.tools.save.load import load_fixtures

    names = settings.many("capture")
    for name in names:
        if is_file(name):
            for one in load_fixtures([name]):
                if one.error is not None:
                    raise one.error
                assert one.capture is not None
                yield str(one.path), one.capture
        else:
            with open_captures(settings) as store:
                yield f"#{store.number_of(name)}", store.find(name)


def _would(
    name: str, capture: Capture, known: Any, rules: tuple[RouteRule, ...], rest: RouteRule | None
) -> dict[str, Any]:
    """What would become of a capture, as plain JSON values."""
    from hookscope.tools.routes.choose import choose, why_none

    delivery = capture.delivery
    chosen = choose(rules, delivery, known)
    legs = (chosen.answering, *chosen.copies) if chosen.answering else (rest,) if rest else ()
    went = []
    for rule in legs:
        where = rule.where(delivery, rule.rewrite(delivery), "")
        url = rule.handler.origin + where.target
        went.append(
            {
                "route": rule.name,
                "match": rule.match,
                "does": "copy" if rule in chosen.copies else "answers",
                "url": url,
                **({"kept_back": where.reason} if where.reason else {}),
            }
        )
    return {
        "capture": name,
        "method": delivery.method,
        "target": delivery.target,
        "provider": known.provider,
        "event_type": known.event_type,
        "taken": bool(went) and "kept_back" not in went[0],
        "routes": went,
        **({} if went else {"why": why_none(rules, delivery, known)}),
    }


def _lines(mapping: dict[str, Any]) -> Iterator[str]:
    event = f"  {mapping['provider']} {mapping['event_type']}".rstrip()
    yield f"{mapping['capture']}  {mapping['method']} {mapping['target'] or '/'}{event}"
    for one in mapping["routes"]:
        lead = "→" if one["does"] == "answers" else "⇉"
        told = f"  {one['kept_back']}" if "kept_back" in one else ""
        yield f"  {lead} {one['route']} {one['does']}: {one['url']}{told}"
    if not mapping["routes"]:
        yield f"  ✗ {mapping['why']} Its sender would get 404."


def _rule_line(rule: RouteRule) -> str:
    more = [f"strip-prefix {rule.strip_prefix}"] if rule.strip_prefix else []
    more += [f"path {rule.path}"] if rule.path else []
    more += ["answers"] if rule.answers else []
    return f"{rule.name}: {rule.match or 'everything'} → {rule.handler.url}{''.join(f', {one}' for one in more)}"


def _facts(rule: RouteRule) -> dict[str, Any]:
    return {"route": rule.name, "match": rule.match, "handler": rule.handler.url, "answer": rule.answers}


COMMAND = Command(
    name="routes",
    summary="say which routes a capture or a fixture would take",
    description=(
        "Sends nothing. For each capture, capture file or folder of them: which routes match, which answers, and at"
        " which URL; without any, the routes themselves."
    ),
    arguments=(
        Argument(name="capture", help="numbers, id prefixes, last, or capture files and folders of them", count="any"),
    ),
    options=(
        options.ROUTE,
        options.HOST,
        options.SET_HEADER,
        Option(name="handler", help="the handler that takes the rest, as `listen` takes it", metavar="HANDLER"),
        Option(name="only-path", help="what --only-path of `listen` is", metavar="PREFIX"),
        options.PROVIDER,
        options.JSON,
    ),
    run=run,
)

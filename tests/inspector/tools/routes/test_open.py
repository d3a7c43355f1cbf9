"""Routes that are open: their legs, and what is planned for a delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import Route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.routes.open import Opened, Routing, open_legs
from hookscope.tools.routes.parse import parse_routes


async def routing(rest: Callable[[], Forwarder | None], *routes: str) -> Routing:
    async def opened(handler: Handler) -> Forwarder:
        return Forwarder(handler)

    return Routing(await open_legs(parse_routes(routes), opened), rest)


async def test_routes_to_one_handler_share_what_forwards_to_it() -> None:
    found = await routing(lambda: None, "a= -> 3000", "b= -> 3000", "c= -> 3001")
    first, second, third = found.choose(make_delivery(), Recognition())
    assert first.forwarder is second.forwarder is not third.forwarder
    assert [leg.rule.name for leg in found.choose(make_delivery(), Recognition())] == ["a", "b", "c"]


async def test_the_rest_goes_to_the_handler_of_the_moment() -> None:
    now: list[Forwarder] = []
    found = await routing(lambda: now[-1] if now else None, "a=path:/x -> 3000")
    assert found.choose(make_delivery(), Recognition()) == ()
    for port in (3001, 3002):
        now.append(Forwarder(parse_handler(str(port))))
        (leg,) = found.choose(make_delivery(), Recognition())
        assert (leg.rule.name, leg.rule.handler.port) == ("handler", port)
        assert found.choose(make_delivery(), Recognition()) == (leg,)
    assert found.named("a") is found.legs[0] and found.named("b") is None
    assert [handler and handler.port for handler in map(found.handler, ("a", "handler", "gone"))] == [3000, 3002, 3002]


async def test_a_person_s_edit_is_an_experiment_and_a_closed_path_is_not_planned(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    attempts = Attempts(store=store, explainer=explainer, emit=lambda _: None)
    (leg,) = (await routing(lambda: None, "a= -> 3000/in")).legs
    delivery = make_delivery(target="/x")
    edited = make_delivery(id=delivery.id, target="/y")
    planned = [
        leg.plan(attempts, delivery, Opened(), origin="live", limit_s=1.0, copy=True),
        leg.plan(
            attempts, delivery, Opened(), origin="replay", limit_s=1.0, copy=False, edited=edited, is_own_edit=True
        ),
        leg.plan(attempts, delivery, Opened(only_path="/else"), origin="live", limit_s=1.0, copy=False),
    ]
    explainer.close()
    store.close()
    first, second, third = planned
    assert isinstance(first, Handover) and isinstance(second, Handover) and isinstance(third, Route)
    assert (first.attempt.route, first.attempt.is_copy, first.attempt.request) == ("a", True, None)
    assert (second.attempt.route, second.attempt.handler_url) == ("", "http://localhost:3000/in/y")
    assert not third.is_open

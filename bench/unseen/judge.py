"""The truth about recorded outcomes: what `plants.py` lays down, what `servers.toml` says otherwise,
and what cannot be told apart."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from plants import GROUPS, PLANTS, Plant, Truth

from hookscope.model.capture import Attempt, Capture
from hookscope.model.capture_file import to_mapping

_SPOKEN = re.compile(r"signature|hmac|verif|not match", re.I)
_VARIES = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|\"/[\w/?=-]*\"|[0-9a-f]{16,}")


def judge(server: dict[str, Any], captures: dict[str, Capture], version: str) -> dict[str, dict[str, Any]]:
    """The recordings by name, each a capture and its truth.

    An outcome that nothing is laid down for is printed and left out.

    Where a server gives several plants the same bytes, each names the others' causes as possible.
    """
    kept: dict[str, dict[str, Any]] = {}
    shapes: dict[str, str] = {}
    for plant_name, capture in captures.items():
        plant, name, made = PLANTS[plant_name], f"{server['name']}-{plant_name}", capture.attempts[0]
        truth = _truth(server, plant_name, made)
        if truth is None:
            print(f"  ?? {name}: {_told(made)}")
            continue
        kept[name] = {"capture": to_mapping(capture), "truth": truth | {"version": version}}
        shapes[name] = _shape(made, plant)
        print(f"  {name}: {truth['cause']}/{truth['layer']}  {_told(made)}", flush=True)
    _share(kept, shapes)
    return kept


def _truth(server: dict[str, Any], plant_name: str, made: Attempt) -> dict[str, Any] | None:
    plant, said = PLANTS[plant_name], server.get("truth", {}).get(plant_name, {})
    laid_down = _laid_down(plant, made)
    if laid_down is None and "cause" not in said:
        return None
    truth = laid_down or Truth(said["cause"], said["layer"])
    layer = server.get("layer", "framework") if truth.layer == "framework" else truth.layer
    also, layers = truth.also, truth.layers
    if plant_name == "sig" and not _SPOKEN.search(_words(made)):
        # The framework swallowed what the handler had to say.
        also, layers = (*also, *GROUPS["unfit" if _status(made) == 400 else "reasons"]), ("framework",)
    if _status(made) == 404 and made.answer is not None and not made.answer.body and layer == "framework":
        layers = (*layers, "handler")
    found = {
        "cause": truth.cause, "layer": layer, "server": server["name"], "product": server["product"], "how": plant.how,
        "also_possible": also, "also_layers": layers,
    }  # fmt: skip
    return found | {
        {"also": "also_possible", "layers": "also_layers"}.get(key, key): value for key, value in said.items()
    }


def _laid_down(plant: Plant, made: Attempt) -> Truth | None:
    if made.failure is not None:
        return plant.outcomes.get(made.failure.kind)
    return plant.outcomes.get(str(_status(made))) or plant.outcomes.get(f"{_status(made) // 100}xx")


def _share(kept: dict[str, dict[str, Any]], shapes: dict[str, str]) -> None:
    causes: dict[str, set[str]] = defaultdict(set)
    for name, shape in shapes.items():
        causes[shape].add(kept[name]["truth"]["cause"])
    for name, item in kept.items():
        truth = item["truth"]
        possible = {truth["cause"], *truth.pop("also_possible"), *causes[shapes[name]]}
        if len(possible & set(GROUPS["proofs"])) > 1:
            possible |= set(GROUPS["proofs"])  # it does not say which proof it wants
        also = sorted(possible - {truth["cause"]})
        layers = sorted(set(truth.pop("also_layers")) - {truth["layer"]})
        if also and truth["cause"] != "ok":
            truth["also_possible"] = also
        if layers:
            truth["also_layers"] = layers


def _shape(made: Attempt, plant: Plant) -> str:
    """The outcome without what differs from request to request."""
    if made.answer is None:
        assert made.failure is not None
        return made.failure.kind
    answer = made.answer
    body = _VARIES.sub(b"#", answer.body.replace(plant.path.encode(), b"{path}"))
    return repr((answer.status, answer.reason, sorted(key.lower() for key, _ in answer.headers), body))


def _words(made: Attempt) -> str:
    return made.answer.reason + made.answer.body.decode("utf-8", "replace") if made.answer else ""


def _status(made: Attempt) -> int:
    return made.answer.status if made.answer else 0


def _told(made: Attempt) -> str:
    if made.answer is None:
        return repr(made.failure)
    return f"{made.answer.status} {made.answer.reason} {made.answer.body[:150]!r}"

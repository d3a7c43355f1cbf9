"""The path that would have been right: named by a redirect, less a doubled slash, with the other final slash,
or accepted before."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case, Earlier
from hookscope.diagnosis.urls import other_slash, split
from hookscope.model.finding import Evidence
from hookscope_relay.delivery import Delivery

# Paths that share this much of their text are one path and a slip of the finger.
NEAR = 0.8


@dataclass(frozen=True, slots=True)
class BetterPath:
    """The path as the sender should call it, behind the endpoint's URL; and the fact that speaks for it,
    where it is not the outcome itself."""

    path: str
    fact: Evidence | None = None


Source: TypeAlias = Callable[[Case], BetterPath | None]


def better_path(case: Case, cause: str) -> BetterPath | None:
    """The better path for an outcome of that cause; None where nothing names one."""
    found = (source(case) for source in SOURCES.get(cause, ()))
    return next((better for better in found if better is not None and better.path != case.request.path), None)


def registered_url(delivery: Delivery, path: str) -> str:
    """The public URL with another path behind the endpoint; empty where the URL that the sender called is not known."""
    called = delivery.url.partition("?")[0]
    if not called or not called.endswith(delivery.path):
        return ""
    return called[: len(called) - len(delivery.path)] + path


def advice(case: Case, better: BetterPath) -> str:
    """The URL to register, ready to be copied; the path alone where the URL is not known."""
    url = registered_url(case.delivery, better.path)
    return f"URL to register: {url}" if url else f"Path to register: {better.path}"


def _location(case: Case) -> BetterPath | None:
    """Where the handler redirects to, less the path of the handler's own URL."""
    to, sent, asked = conditions.location(case), conditions.sent_path(case), case.request.path
    before = sent[: len(sent) - len(asked)] if asked and sent.endswith(asked) else ""
    return BetterPath(to.path[len(before) :]) if to.path.startswith(f"{before}/") else None


def _location_here(case: Case) -> BetterPath | None:
    """The same, where the redirect stays at the handler's host."""
    to = conditions.location(case)
    return _location(case) if not to.name or to.name == split("//" + case.host).name else None


def _other_slash(case: Case) -> BetterPath | None:
    return BetterPath(other_slash(case.request.path))


def _single_slashes(case: Case) -> BetterPath | None:
    path = case.request.path
    if "//" not in path:
        return None
    return BetterPath(re.sub("//+", "/", path), Evidence(f"two slashes follow each other in {path[:120]}", "request"))


def _accepted_before(case: Case) -> BetterPath | None:
    """The path nearest to this one that the handler accepted; for the bare URL, the last one that it did."""
    asked = case.request.path or "/"
    if case.request.method in {"GET", "HEAD"}:
        return None
    best: tuple[float, Earlier] | None = None
    for other in case.recent:
        path = other.target.partition("?")[0]
        if not (200 <= other.status < 300 and other.handler_url) or path in {"", "/", asked}:
            continue
        alike = 1.0 if asked == "/" else difflib.SequenceMatcher(None, asked.lower(), path.lower()).ratio()
        if alike >= (best[0] if best else NEAR):
            best = alike, other
    if best is None:
        return None
    path = best[1].target.partition("?")[0]
    return BetterPath(path, Evidence(f"#{best[1].number} was accepted at {path[:120]}", "earlier"))


SOURCES: Mapping[str, tuple[Source, ...]] = {
    "trailing-slash-redirect": (_location,),
    "path-clean-redirect": (_location,),
    "locale-redirect": (_location_here,),
    "moved-redirect": (_location_here,),
    "trailing-slash-mismatch": (_other_slash,),
    "not-found": (_single_slashes, _accepted_before),
}
"""Where a better path may be found, by cause, the surest first."""

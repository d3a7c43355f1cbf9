"""Pages that list the routes: the path that would work is then known, not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.urls import same_but_slash
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence

# Django's debug page (django/views/templates/technical_404.html) and Rails' route table.
_DJANGO = re.compile(r"<code>\s*([^<>\s][^<>]{0,200}?)\s*(?:\[name='[^']*'\])?\s*</code>", re.I)
_RAILS = re.compile(r"<td>\s*([A-Z|]{3,40})\s*</td>\s*<td data-route-path='([^']{1,200})'")


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """A route that is known: its path, its methods where they are known, and where that stands."""

    path: str
    fact: Evidence
    methods: tuple[str, ...] = ()


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """A certain reading, where a known route differs from what was asked by its final slash or its method only."""
    if answer.status not in {404, 405}:
        return
    asked = conditions.sent_path(case)
    product = "Django" if "urlconf" in answer.low else "Rails" if "no route matches" in answer.low else ""
    near = None
    for route in _routes(case, answer):
        if route.path == asked and (not route.methods or case.request.method in route.methods):
            return
        if route.path == asked:
            hint = f"The route takes {', '.join(route.methods)}: let it take {case.request.method}"
            near = ("method-not-allowed", route, hint)
        elif same_but_slash(route.path, asked):
            near = near or (
                "trailing-slash-mismatch",
                route,
                f"Register the URL as {route.path}, exactly as the route is written",
            )
    if near is not None:
        cause, route, hint = near
        evidence = (status_evidence(answer), route.fact)
        yield Reading(
            cause=cause,
            layer="framework",
            confidence=0.99,
            product=product,
            evidence=evidence,
            hint=hint,
            own=True,
        )


def _routes(case: Case, answer: AnswerView) -> Iterator[ListedRoute]:
    for path in case.routes:
        yield ListedRoute(path, Evidence(f"{path} is a route", "routes"))
    if "using the urlconf defined in" in answer.low and not answer.encoded:
        start, end = answer.low.find("<ol>"), answer.low.find("</ol>")
        for found in _DJANGO.finditer(answer.text, max(start, 0), end if end >= 0 else len(answer.text)):
            path = "/" + found[1].strip().lstrip("/^").removesuffix("$")
            yield ListedRoute(path, _listed(found[1], found.start(1), found.end(1)))
    elif "no route matches" in answer.low and not answer.encoded:
        for found in _RAILS.finditer(answer.text):
            path = found[2].removesuffix("(.:format)")
            yield ListedRoute(path, _listed(found[0], found.start(1), found.end(2)), tuple(found[1].split("|")))


def _listed(route: str, start: int, end: int) -> Evidence:
    words = " ".join(re.sub(r"<[^>]*>?", " ", route).split())
    return Evidence(f"the page lists the route {words[:80]}", "answer.body", start, end)

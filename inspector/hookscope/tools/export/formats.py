"""The formats of `hookscope export`, one row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from hookscope.tools.export import curl, har, http_file, httpie, powershell, pytest_module, python, raw
from hookscope.tools.export.request import Request, build_request
from hookscope.tools.export.source import Exported, Source, tell_endings
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

Render: TypeAlias = Callable[[Sequence[Source]], Exported]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    `runs` says whether it sends to a handler unless told otherwise; the others show what the sender sent.
    """

    render: Render
    runs: bool = True

    def export(self, sources: Sequence[Source]) -> Exported:
        """The captures in this format, with what it cannot carry of them."""
        exported = self.render(sources)
        return replace(exported, notes=(*exported.notes, *tell_endings(sources)))


def _each(render: Callable[[Delivery, str], str], limits: Callable[[Request], tuple[str, ...]] | None = None) -> Render:
    """A format whose exports stand one below the other."""

    def whole(sources: Sequence[Source]) -> Exported:
        texts = [render(source.capture.delivery, source.url) for source in sources]
        return Exported(content="\n".join(texts).encode(), notes=_notes(sources, limits) if limits else ())

    return whole


def _notes(sources: Sequence[Source], limits: Callable[[Request], tuple[str, ...]]) -> tuple[str, ...]:
    told = (limits(build_request(source.capture.delivery, source.url)) for source in sources)
    return tuple(dict.fromkeys(note for notes in told for note in notes))


def _python(sources: Sequence[Source]) -> Exported:
    return Exported(content=python.render(sources).encode(), notes=_notes(sources, python.limits))


def _har(sources: Sequence[Source]) -> Exported:
    return Exported(content=har.render(sources).encode())


def _pytest(sources: Sequence[Source]) -> Exported:
    return pytest_module.render([source.capture for source in sources])


def _raw(sources: Sequence[Source]) -> Exported:
    if len(sources) != 1:
        raise InputError("a raw request is one delivery", "export one at a time, or choose another format")
    return Exported(content=raw.render(sources[0].capture.delivery, sources[0].url))


FORMATS: dict[str, Format] = {
    "curl": Format(_each(curl.render)),
    "powershell": Format(_each(powershell.render)),
    "httpie": Format(_each(httpie.render, httpie.limits)),
    "http": Format(http_file.render),
    "python": Format(_python),
    "har": Format(_har, runs=False),
    "pytest": Format(_pytest, runs=False),
    "raw": Format(_raw, runs=False),
}

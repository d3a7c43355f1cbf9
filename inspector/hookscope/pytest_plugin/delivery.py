"""The value of the fixture `delivery`: a recorded delivery that a test sends to the application,
as it was or changed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hookscope.model.capture import Capture
from hookscope.providers.recognition import recognise
from hookscope.pytest_plugin.exchange import Exchange
from hookscope.pytest_plugin.form import HeaderEdits, RequestForm, edited
from hookscope.pytest_plugin.prepare import Prepared, prepare
from hookscope.pytest_plugin.send import send
from hookscope.pytest_plugin.signer import Signer
from hookscope_relay.delivery import Headers, header

PreparedKey = tuple[str | None, str]


@dataclass(slots=True)
class _Made:
    """What was prepared so far, by path and URL, and when: the same delivery keeps its signature and its timestamp."""

    at: float | None = None
    known: dict[PreparedKey, Prepared] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FixtureDelivery:
    """A delivery of a capture file, as a test sends it. Immutable: each change gives a new one.

    It is signed when it is first sent or looked at, and keeps that signature. `capture` is what the file holds; `body`,
    `headers`, `method` and `target` are what is sent.
    """

    capture: Capture
    name: str
    _form: RequestForm
    _signer: Signer
    _made: _Made = field(default_factory=_Made)
    _exchanges: list[Exchange] = field(default_factory=list)

    def __repr__(self) -> str:
        words = f", {self._form.words}" if self._form.words else ""
        form = self._form
        target = form.path if form.path is not None else form.delivery.target
        return (
            f"<delivery {self.name}: {form.delivery.method} {target or '/'}, {len(form.delivery.body):,} bytes{words}>"
        )

    # What it is

    @property
    def provider(self) -> str:
        """The provider's name; empty where nobody recognised the sender."""
        return self._signer.provider.name if self._signer.provider is not None else ""

    @property
    def event_type(self) -> str:
        """What the sender says happened, such as `page.created`; empty where it does not say."""
        return recognise(self._look().delivery, self._signer.providers, self.provider).event_type

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self._look().delivery.method

    @property
    def target(self) -> str:
        """Path and query, undecoded."""
        return self._look().delivery.target

    @property
    def headers(self) -> Headers:
        """The headers as pairs of name and value, in order, repeats included; text is latin-1."""
        return self._look().delivery.headers

    def header(self, name: str) -> str:
        """The first value of a header, its name in any case; empty where it is absent."""
        return header(self.headers, name) or ""

    @property
    def body(self) -> bytes:
        """The body, every byte of it."""
        return self._look().delivery.body

    def json(self) -> Any:  # Any: JSON is of every type
        """The body as JSON; ValueError where it is none."""
        return json.loads(self.body)

    @property
    def public_key(self) -> str:
        """For a provider that signs with a key of its own:
        the PEM text of the key that verifies what this test sends; else empty."""
        return self._signer.public_key(self._form.delivery)

    # What to make of it

    def edited(
        self,
        *,
        set: Mapping[str, Any] | None = None,
        headers: HeaderEdits | None = None,
        body: bytes | str | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> FixtureDelivery:
        """The delivery with other content, signed for it.

        `set` maps JSON Pointers to new values, and every other byte of the body stays. `headers` are set as given,
        those of the signature too; one of None is taken away. `path` is the whole target: path and query.
        """
        return self._with(edited(self._form, set, headers, body, method, path))

    def tampered(self) -> FixtureDelivery:
        """The delivery changed after it was signed: an application that checks signatures refuses it."""
        return self._with(replace(self._form, is_tampered=True, copy=1))

    def stale(self, age_s: float | None = None) -> FixtureDelivery:
        """The delivery rightly signed, with a timestamp `age_s` seconds old;
        without one older than the provider allows."""
        return self._with(replace(self._form, is_stale=True, age_s=age_s, copy=1))

    def duplicate(self) -> FixtureDelivery:
        """The same delivery again: the same event, the same bytes, the same signature."""
        form = replace(self._form, copy=self._form.copy + 1)
        return FixtureDelivery(self.capture, self.name, form, self._signer, self._made, self._exchanges)

    def unsigned(self) -> FixtureDelivery:
        """The delivery without its signature."""
        return self._with(replace(self._form, is_unsigned=True, copy=1))

    def send(self, client: Any, *, path: str | None = None) -> Any:
        """Send it through a test client, or into a WSGI or ASGI application; the client's own response.

        For asynchronous clients and ASGI applications that is an awaitable. `path` takes the place of path and query.
        """
        if path is not None and not path.startswith("/"):
            path = edited(self._form, None, None, None, None, path).path  # raises what says so
        keep_host = any(name.lower() == "host" and value is not None for name, value in self._form.by_hand)
        return send(
            client, lambda base: self._prepared(path, base), keep_host, self._form.words, self._exchanges.append
        )

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every sending of this delivery and of those made of it, in order."""
        return tuple(self._exchanges)

    @property
    def signer(self) -> Signer:
        """What signs it."""
        return self._signer

    def _with(self, form: RequestForm) -> FixtureDelivery:
        return FixtureDelivery(self.capture, self.name, form, self._signer, _Made(), self._exchanges)

    def _look(self) -> Prepared:
        """As it was last prepared to be sent; before that, as it would be for the recorded URL."""
        return next(reversed(self._made.known.values()), None) or self._prepared(None, "")

    def _prepared(self, path: str | None, base: str) -> Prepared:
        made = self._made
        if made.at is None:
            made.at = time.time()
        if (path, base) not in made.known:
            made.known[path, base] = prepare(self._form, self._signer, made.at, path, base)
        return made.known[path, base]

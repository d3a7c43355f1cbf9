"""The fixture `wait_for_delivery`: a test waits for what arrives at a running `hookscope listen` of this user."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest

from hookscope.config.settings import places
from hookscope.config.values import parse_duration
from hookscope.model.capture import Capture
from hookscope.model.errors import OutOfTime
from hookscope.store.captures import CaptureStore
from hookscope.text.safe import safe_text
from hookscope.tools.wait.expectation import Expectation
from hookscope.tools.wait.run import Wait, newest_before, wait_for
from hookscope_relay.errors import InputError


class Waiter:
    """Waits for deliveries that came since it was made, which is before the test began."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        # Opened as a session opens it: what is not there yet will be filled by one.
        self._store = CaptureStore.open(places(dict(environ if environ is not None else os.environ)).captures)
        self._after = newest_before(self._store, 0.0)

    def close(self) -> None:
        """Let go of the captures."""
        self._store.close()

    def __call__(self, filter: str = "", *, count: int = 1, timeout: str | float = "60s") -> list[Capture]:
        """The first `count` captures that meet the filter, with their attempts; a bare number is in seconds.

        Fails the test, in a sentence, where one came that differs only in its outcome, telling its findings, where the
        time ran out, and where what it was asked makes no sense.
        """
        wrong = ""
        try:
            expectation = Expectation(filter, count, self._after)
            if count < 1:
                raise InputError(f"count={count} waits for nothing", "give how many are awaited, such as 1")
            seen = wait_for(Wait(self._store, expectation, _seconds(timeout)))
        except OutOfTime as error:
            wrong = f"{filter}: {error.what}" if filter else error.what
        except InputError as error:
            wrong = f"wait_for_delivery: {error}"
        # Outside of the handlers: a failure inside of one would be told with the error that led to it.
        if wrong:
            pytest.fail(safe_text(wrong), pytrace=False)
        if not expectation.is_met(seen):
            pytest.fail("\n".join(self._told(filter, seen.failed)), pytrace=False)
        return [self._store.find(str(number)) for number in seen.held[:count]]

    def _told(self, filter_text: str, number: int) -> Iterator[str]:
        capture = self._store.find(str(number))
        outcome = capture.outcome
        answer = outcome.answer if outcome else None
        ended = answer.status if answer else outcome.failure.kind if outcome and outcome.failure else "no answer"
        yield safe_text(f"a delivery came for {filter_text!r} and ended otherwise: #{number}, {ended}")
        for finding in self._store.findings(capture.delivery.id):
            yield safe_text(f"  {finding.severity}: {finding.title} [{finding.code}]")
            if hint := finding.hint_for(number):
                yield safe_text(f"    → {hint}")


def _seconds(timeout: str | float) -> float:
    try:
        return parse_duration(str(timeout))
    except ValueError:
        raise InputError(f"timeout={timeout!r} is no duration", "give one such as 5, '500ms', '60s' or '2m'") from None

"""How alerts stood when their session or relay last ran: a small file, so that what was told is neither told again nor
left without its end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Watched
from hookscope_relay.errors import CannotWrite

MAX_BYTES = 1024 * 1024


class Stood(msgspec.Struct, frozen=True):
    """How an alert stood that was described so."""

    of: str
    watched: Watched


class Record:
    """The file of one session's or relay's alerts; without a path nothing is kept. Used from one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: dict[str, Stood] = {}

    def read(self, alerts: Sequence[Alert]) -> dict[str, Watched]:
        """How each alert stands; one that is new, described otherwise now, or cannot be read begins anew."""
        kept = self._read()
        self._kept = {one.name: kept[one.name] for one in alerts if one.name in kept and kept[one.name].of == _of(one)}
        return {one.name: self._kept[one.name].watched if one.name in self._kept else Watched() for one in alerts}

    def keep(self, alert: Alert, watched: Watched) -> None:
        """Keep durably how an alert stands; `CannotWrite` where the file cannot be written."""
        self._kept[alert.name] = Stood(_of(alert), watched)
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(self._kept))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        except OSError as error:
            said = f"how alerts stand cannot be kept in {self._path} ({error.strerror})"
            raise CannotWrite(said, "after a restart they are told anew") from None

    def _read(self) -> dict[str, Stood]:
        if self._path is None:
            return {}
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MAX_BYTES), type=dict[str, Stood])
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return {}


def _of(alert: Alert) -> str:
    """What an alert looks at: with another bound it is another alert."""
    return f"{alert.kind} {alert.bound_text} {alert.window_s:g} {alert.least} {alert.subject!r} {alert.failing!r}"

"""Reads our own files of JSON: each value of the right type, or an error that names the place of the wrong one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import cast

from hookscope.model.stream_note import StreamNote, read_note_value
from hookscope.text.timestamp import parse_time
from hookscope_relay.delivery import Headers
from hookscope_relay.errors import InputError


class JsonReader:
    """Takes values of the right type out of JSON, or says which place holds the wrong one.

    Each method names the type that it wants; `place` is where the value stands, such as `attempts[0].answer.status`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, place: str, wanted: str) -> InputError:
        return InputError(
            f"{self.name}: {place or 'the file'} must be {wanted}", "correct it or export the capture again"
        )

    def mapping(self, data: object, place: str) -> Mapping[str, object]:
        if not isinstance(data, dict):
            raise self.wrong(place, "a JSON object")
        return data

    def sequence(self, data: object, place: str) -> Sequence[object]:
        if not isinstance(data, list):
            raise self.wrong(place, "a JSON array")
        return data

    def text(self, item: Mapping[str, object], place: str, default: str | None = None) -> str:
        value = item.get(place.rpartition(".")[2])
        if value is None:  # null says the same as an absent key
            value = default
        if not isinstance(value, str):
            raise self.wrong(place, "text")
        if any("\ud800" <= letter <= "\udfff" for letter in value):  # no encoding can write these out again
            raise self.wrong(place, "text without lone surrogates")
        return value

    def choice(self, item: Mapping[str, object], place: str, among: Sequence[str], default: str | None = None) -> str:
        value = self.text(item, place, default)
        if value not in among:
            raise self.wrong(place, "one of " + ", ".join(among))
        return value

    def number(self, item: Mapping[str, object], place: str, default: float) -> float:
        value = item.get(place.rpartition(".")[2], default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
            raise self.wrong(place, "a number")
        return float(value)

    def whole(self, item: Mapping[str, object], place: str, default: int) -> int:
        return int(self.number(item, place, default))

    def status(self, item: Mapping[str, object], place: str) -> int:
        value = self.whole(item, place, 0)
        if not 100 <= value <= 999:
            raise self.wrong(place, "an HTTP status between 100 and 999")
        return value

    def time(self, item: Mapping[str, object], place: str, default: float | None = None) -> float:
        value = item.get(place.rpartition(".")[2])
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(place, "an ISO 8601 time")
        try:
            return parse_time(value)
        except (ValueError, OverflowError):
            raise self.wrong(place, "an ISO 8601 time") from None

    def headers(self, data: object, place: str) -> Headers:
        pairs = []
        for index, pair in enumerate(self.sequence(data, place)):
            two = self.sequence(pair, f"{place}[{index}]")
            if len(two) != 2 or not all(isinstance(part, str) for part in two):
                raise self.wrong(f"{place}[{index}]", "a pair of name and value")
            name, value = cast(Sequence[str], two)
            if max((*name, *value), default="") > "\xff":
                raise self.wrong(f"{place}[{index}]", "latin-1 text")
            pairs.append((name, value))
        return tuple(pairs)

    def stream(self, data: object, place: str) -> StreamNote | None:
        try:
            return None if data is None else read_note_value(data)
        except ValueError:
            raise self.wrong(place, "what `hookscope show --json` writes there") from None

    def body(self, data: object, place: str) -> bytes:
        item = self.mapping(data, place)
        if isinstance(text := item.get("text"), str):
            try:
                return text.encode("utf-8")
            except UnicodeEncodeError:
                raise self.wrong(place, "UTF-8 text, or base64") from None
        if isinstance(encoded := item.get("base64"), str):
            try:
                return base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                raise self.wrong(f"{place}.base64", "valid base64") from None
        raise self.wrong(place, '{"text": …} or {"base64": …}')

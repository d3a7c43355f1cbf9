"""Values of the right type out of JSON that somebody else wrote;
`InputError` names the file and the place of a wrong one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hookscope_relay.errors import InputError


def parse_json(data: bytes, name: str) -> Any:  # Any: the caller narrows with the functions below
    """The JSON text as plain values."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{name}: {place}: the JSON is broken or cut off ({error.msg})", "save it again") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8", "save it again as UTF-8") from None
    except (ValueError, RecursionError):
        raise InputError(f"{name}: the JSON nests too deep, or has a number without end", "save it again") from None


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise _wrong(where, "a JSON object")
    return value


def sequence(value: object, where: str) -> Sequence[Any]:
    """A JSON array; none at all is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong(where, "a JSON array")
    return value


def text(value: object, where: str, default: str | None = None) -> str:
    """A JSON string that can be written again as UTF-8; null says the same as the default."""
    value = default if value is None else value
    if not isinstance(value, str):
        raise _wrong(where, "text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _wrong(where, "text without lone surrogates")
    return value


def number(value: object, where: str, default: float = 0.0) -> float:
    """A finite JSON number."""
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise _wrong(where, "a number")
    return float(value)


def _wrong(where: str, wanted: str) -> InputError:
    return InputError(f"{where} must be {wanted}", "save it again with the tool that wrote it")

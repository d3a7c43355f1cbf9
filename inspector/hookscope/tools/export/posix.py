"""Bytes as words and streams of a POSIX shell, in text that is inert on a terminal and survives copying.

What a person can read stands in single quotes. Control characters, invisible ones and bytes that are not UTF-8 are
written by `printf` as octal escapes, which sh, dash, bash, zsh, mksh and busybox read alike; larger binary bodies as
base64. Nothing relies on `$'…'`, which dash lacks, and an exclamation mark never stands where an interactive shell
would look for its history.
"""

from __future__ import annotations

import base64
import re

from hookscope.text.safe import safe_text

# Linux takes at most 128 KiB in one argument (MAX_ARG_STRLEN); what printf writes is up to four times as long as what
# it stands for.
MAX_WORD = 100_000
MAX_PRINTED = 16_384
BASE64_LINE = 76

_BARE = re.compile(r"[A-Za-z0-9._/:,-]+")
_ESCAPES = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x5C: "\\\\", 0x25: "%%"}
_OCTAL = b"'!"


def quote(data: bytes) -> str:
    """One shell word that stands for exactly these bytes; ValueError for a NUL, which no argument can hold."""
    if b"\0" in data:
        raise ValueError("no argument of a program can hold a NUL byte")
    text = as_shown(data)
    if text is None:
        # A command substitution loses the newlines at its end; they follow in quotes of their own.
        inner = data.rstrip(b"\n")
        return f'"$({print_command(inner)})"' + (quote(data[len(inner) :]) if len(inner) < len(data) else "")
    return text if _BARE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"


def is_word(data: bytes) -> bool:
    """Whether the bytes can stand in the command line as a word that shows them as they are."""
    return len(data) <= MAX_WORD and as_shown(data) is not None


def as_shown(data: bytes) -> str | None:
    """The bytes as text that shows every character as it is, newlines included; None where that cannot be."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if "\t" not in text and safe_text(text, multiline=True) == text else None


def print_command(data: bytes) -> str:
    """A `printf` command that writes exactly these bytes, whatever they are."""
    text = "".join(_printed(byte) for byte in data)
    # A format that begins with a dash would be read as an option.
    return "printf '" + ("\\055" + text[1:] if text.startswith("-") else text) + "'"


def feed(data: bytes) -> tuple[str, str]:
    """A command that writes the bytes to a pipe, and the here-document that belongs below the line it stands on (or
    nothing)."""
    if len(data) <= MAX_PRINTED and _mostly_text(data):
        return print_command(data), ""
    encoded = base64.b64encode(data).decode()
    lines = (encoded[start : start + BASE64_LINE] for start in range(0, len(encoded), BASE64_LINE))
    return "base64 -d <<'BODY'", "\n".join((*lines, "BODY", ""))


def _printed(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if 0x20 <= byte < 0x7F and byte not in _OCTAL else f"\\{byte:03o}"


def _mostly_text(data: bytes) -> bool:
    strange = sum(1 for byte in data if not (0x20 <= byte < 0x7F or byte in (0x09, 0x0A, 0x0D)))
    return strange * 4 <= len(data)

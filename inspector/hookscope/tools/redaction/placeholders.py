"""What stands in the place of a secret.

`Placeholders` is for files that others read: a keyed digest (HMAC-SHA256, cut to 48 bits) of the value, so the same
value gets the same placeholder in every file that is made with one key, in any order, on any day, and nothing about the
values is stored. The key is what keeps a short value (a PIN, an e-mail address) from being found by trying all of them,
so it stays with whoever saves and is never written beside the files. `Masks` is for a report: the first and last four
characters, which a provider's support can look up.

Both know their own work again, so redacting twice changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Protocol

DIGEST_HEX = 12
# Below this, eight characters would show half of the secret or more.
SHOWN_FROM = 16
HIDDEN = "redacted"

# A redacted number: 9, seven digits of the value's digest, seven that prove the first eight are ours; below 2**53, so
# every reader of JSON keeps it exact.
NUMBER_DIGITS = 7

_TEXT = re.compile(rf"redacted-[0-9a-f]{{{DIGEST_HEX}}}")
_EMAIL = re.compile(rf"redacted-[0-9a-f]{{{DIGEST_HEX}}}@example\.com")
_NUMBER = re.compile(rf"9([0-9]{{{NUMBER_DIGITS}}})([0-9]{{{NUMBER_DIGITS}}})(?:\.0)?")
_MASK = re.compile(r"[\s\S]{4}\.\.\.[\s\S]{4}|redacted")


class Stand(Protocol):
    """Makes what stands for a value; `stands` and `stands_number` say whether a text is such a thing already."""

    def text(self, value: str) -> str: ...

    def email(self, value: str) -> str: ...

    def number(self, spelt: str) -> str: ...

    def stands(self, text: str) -> bool: ...

    def stands_number(self, spelt: str) -> bool: ...


class Placeholders:
    """Placeholders from a keyed digest: `redacted-3f9a1c2b4d5e`, an address at example.com,
    a number of fifteen digits."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, None, hashlib.sha256)

    def text(self, value: str) -> str:
        """The placeholder of a text."""
        return f"redacted-{self._digest(value)[:DIGEST_HEX]}"

    def email(self, value: str) -> str:
        """The placeholder of an e-mail address, at a domain that nobody owns (RFC 2606)."""
        return f"{self.text(value)}@example.com"

    def number(self, spelt: str) -> str:
        """The placeholder of a number in JSON: a whole number for a whole number, else one with a fraction."""
        first = self._digits("number " + spelt)
        fraction = "" if spelt.lstrip("-").isdigit() else ".0"
        return f"9{first}{self._digits('proof ' + first)}{fraction}"

    def stands(self, text: str) -> bool:
        """Whether the text is a placeholder."""
        return bool(_TEXT.fullmatch(text) or _EMAIL.fullmatch(text))

    def stands_number(self, spelt: str) -> bool:
        """Whether the number is a placeholder made with this key."""
        match = _NUMBER.fullmatch(spelt)
        return match is not None and self._digits("proof " + match[1]) == match[2]

    def _digits(self, value: str) -> str:
        return f"{int(self._digest(value), 16) % 10**NUMBER_DIGITS:0{NUMBER_DIGITS}}"

    def _digest(self, value: str) -> str:
        digest = self._key.copy()
        digest.update(value.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


class Masks:
    """The first and last four characters of a long secret; a short one, and a number, is hidden whole."""

    def text(self, value: str) -> str:
        """The mask of a text."""
        return f"{value[:4]}...{value[-4:]}" if len(value) >= SHOWN_FROM else HIDDEN

    def email(self, value: str) -> str:
        """The same for every address: half of a name is still a name."""
        return "redacted@example.com"

    def number(self, spelt: str) -> str:
        """The same for every number."""
        return "0"

    def stands(self, text: str) -> bool:
        """Whether the text is a mask."""
        return text == "redacted@example.com" or _MASK.fullmatch(text) is not None

    def stands_number(self, spelt: str) -> bool:
        """Whether the number is hidden already."""
        return spelt == "0"

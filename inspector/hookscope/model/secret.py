"""A signing secret as a value that does not show itself: only its fingerprint is ever printed."""

from __future__ import annotations

import hashlib
from functools import lru_cache


class Secret:
    """A secret of one provider, or its public key; `name` tells several of one provider apart (`default`, `staging`,
    `old`).

    `value` is bytes; text is taken as UTF-8. An empty `provider` means: for whichever is being verified.
    """

    __slots__ = ("name", "provider", "value")

    def __init__(self, provider: str, name: str, value: bytes | str) -> None:
        self.provider = provider
        self.name = name
        self.value = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell secrets apart and give nothing away."""
        return fingerprint(self.value)

    def __repr__(self) -> str:
        return f"Secret({self.provider!r}, {self.name!r}, fingerprint {self.fingerprint})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.provider, self.name, self.value) == (
            other.provider,
            other.name,
            other.value,
        )

    def __hash__(self) -> int:
        return hash((self.provider, self.name, self.value))


@lru_cache(maxsize=256)
def fingerprint(value: bytes) -> str:
    """The fingerprint of a secret's bytes."""
    return hashlib.sha256(b"hookscope fingerprint\0" + value).hexdigest()[:8]

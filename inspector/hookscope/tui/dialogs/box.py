"""A box over the list, which ends once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Box(ModalScreen[T]):
    """A screen over others that gives one result, however fast keys follow the one that ends it."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """End it; nothing where it has ended, and only its last keys come late."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()

"""What the user's transform makes of deliveries before it is decided where they go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hookscope.model.verdict import Recognition
from hookscope.model.withheld import TRANSFORM
from hookscope.session.transform import Transform, TransformFailed
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer, Delivery, asks_for_upgrade
from hookscope_relay.made_answers import build_answer, build_problem

LEFT_OUT = build_answer(200, "inspector", body=b"Left out by the transform.\n")


@dataclass(frozen=True, slots=True)
class Altered:
    """What became of a delivery: another one, None where it was left out, or why it could not be changed."""

    delivery: Delivery | None = None
    error: str = ""

    @property
    def why(self) -> str:
        """Why the delivery goes to no handler; empty where it goes."""
        return self.error or ("" if self.delivery is not None else f"{TRANSFORM} left it out.")

    @property
    def answer(self) -> Answer | None:
        """What its sender is told by us, where it goes to no handler."""
        if self.error:
            return build_problem("transform-failed", "inspector")
        return None if self.delivery is not None else LEFT_OUT


class Alterations:
    """Deliveries that were changed and not served yet. `transform` is None where the user names none."""

    def __init__(self, transform: Transform | None, recognise: Callable[[Delivery], Recognition]) -> None:
        self._transform = transform
        self._recognise = recognise
        self._made: dict[str, Altered] = {}

    def is_for(self, arrival: Arrival, delivery: Delivery) -> bool:
        """Whether a delivery is to be changed before it is served."""
        return self._transform is not None and arrival.answer and not asks_for_upgrade(delivery.headers)

    async def make(self, arrival: Arrival, delivery: Delivery) -> None:
        """Have a delivery changed, if it is to be; then `take` has it."""
        if self._transform is None or not self.is_for(arrival, delivery):
            return
        try:
            sent = await self._transform.change(delivery, self._recognise(delivery))
        except TransformFailed as error:
            self._made[delivery.id] = Altered(error=str(error))
        else:
            self._made[delivery.id] = Altered(sent)

    def take(self, delivery_id: str) -> Altered | None:
        """What was made of a delivery; None where it was not to be changed."""
        return self._made.pop(delivery_id, None) if self._made else None

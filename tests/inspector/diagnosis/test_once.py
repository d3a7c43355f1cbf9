from __future__ import annotations

from hookscope.diagnosis.once import once


class Counted:
    asked = 0

    @once
    def value(self) -> int:
        """What is counted."""
        self.asked += 1
        return self.asked


def test_a_property_is_computed_once_for_each_object() -> None:
    one, other = Counted(), Counted()
    assert (one.value, one.value, one.asked) == (1, 1, 1)
    assert other.asked == 0
    assert other.value == 1


def test_a_property_keeps_its_docstring() -> None:
    assert Counted.value.__doc__ == "What is counted."

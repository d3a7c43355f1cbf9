import pytest

from hookscope.tunnel.rhythm import Rhythm

QUIET = "ends quiet ones"
LIMITED = "lets none live longer"


@pytest.mark.parametrize(
    ("lasted", "told", "ping_s"),
    [
        ([5.0, 5.3], ["", QUIET], 5.3 / 3),
        ([5.0, 9.0, 5.0], ["", "", ""], 10.0),
        ([0.4, 0.4], ["", ""], 10.0),
        ([10.2, 10.4], ["", QUIET], 10.4 / 3),
        ([30.0, 30.1, 30.0], ["", LIMITED, LIMITED], 10.0),
        ([2.0, 2.0], ["", QUIET], 1.0),
        ([5.0, 5.0, 5.1], ["", QUIET, LIMITED], 5.0 / 3),
    ],
)
def test_breaks_at_even_intervals_are_told_and_pings_go_more_often(
    lasted: list[float], told: list[str], ping_s: float
) -> None:
    rhythm = Rhythm()
    said = [rhythm.note(one) for one in lasted]
    assert all((words in one) if words else not one for one, words in zip(said, told, strict=True))
    assert rhythm.ping_s == pytest.approx(ping_s)

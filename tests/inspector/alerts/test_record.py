"""How alerts stood, over a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Watched
from hookscope.alerts.record import Record
from hookscope_relay.errors import CannotWrite

ALERT = Alert(name="a", kind="share-above", bound=0.5, bound_text="50%", subject="path:/x")
TOLD = Watched(told_at=100.5, since=2.0, silent_until=700.5, codes=("csrf.refused",))


@pytest.mark.parametrize(
    ("described", "stands"),
    [
        pytest.param(ALERT, TOLD, id="as-it-was"),
        pytest.param(replace(ALERT, command=("page-me",), cool_down_s=1.0), TOLD, id="tells-another"),
        pytest.param(replace(ALERT, bound=0.6, bound_text="60%"), Watched(), id="another-bound"),
        pytest.param(replace(ALERT, subject="path:/y"), Watched(), id="another-filter"),
        pytest.param(replace(ALERT, name="b"), Watched(), id="another-name"),
    ],
)
def test_an_alert_stands_as_it_was_kept_while_it_is_described_so(tmp_path: Path, described: Alert, stands: Watched):
    path = tmp_path / "new" / "record.json"
    Record(path).keep(ALERT, TOLD)
    assert Record(path).read([described]) == {described.name: stands}
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o77 == path.parent.stat().st_mode & 0o77 == 0


def test_what_is_kept_of_one_leaves_the_others(tmp_path: Path):
    path, other = tmp_path / "record.json", replace(ALERT, name="b")
    Record(path).keep(other, TOLD)
    record = Record(path)
    record.read([ALERT, other])
    record.keep(ALERT, TOLD)
    assert Record(path).read([ALERT, other]) == {"a": TOLD, "b": TOLD}
    # An alert that is gone is kept no longer.
    record.read([ALERT])
    record.keep(ALERT, Watched())
    assert Record(path).read([ALERT, other]) == {"a": Watched(), "b": Watched()}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"a": {"of": "x", "watched": {"told_at": "soon"}}}', "[" * 5000]
)
def test_a_file_that_makes_no_sense_is_as_none(tmp_path: Path, text: str):
    path = tmp_path / "record.json"
    path.write_text(text)
    assert Record(path).read([ALERT]) == {"a": Watched()}


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="after a restart they are told anew"):
        Record(tmp_path / "file" / "record.json").keep(ALERT, TOLD)


def test_without_a_path_nothing_is_kept():
    record = Record(None)
    record.keep(ALERT, TOLD)
    assert Record(None).read([ALERT]) == {"a": Watched()}

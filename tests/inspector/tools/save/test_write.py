from __future__ import annotations

import os
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import loads
from hookscope.model.errors import RefusedForSafety
from hookscope.model.verdict import Recognition
from hookscope.tools.save.load import load_fixture
from hookscope.tools.save.make import make_fixture
from hookscope.tools.save.names import names_of
from hookscope.tools.save.write import FixtureDirectory, unportable
from hookscope_relay.errors import CannotWrite, InputError
from vectors.reading import load_vectors, to_delivery

EVENT = Recognition(provider="notion", event_type="page.created")


def capture(**changes: object) -> Capture:
    return Capture(delivery=make_delivery(**{"url": "", **changes}), provider="notion")


def test_a_fixture_is_written_once_and_then_unchanged(tmp_path: Path) -> None:
    one = capture()
    root = tmp_path / "deep" / "fixtures"
    first = FixtureDirectory(root).save(one, EVENT)
    assert (first.state, first.path.parent) == ("written", root / "notion")
    assert loads(first.path.read_bytes()) == one
    before = first.path.stat()
    assert FixtureDirectory(root).save(one, EVENT).state == "unchanged"
    assert first.path.stat() == before
    assert [path.name for path in first.path.parent.iterdir()] == [first.path.name]


def test_another_content_is_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    one = capture(id="01m3250v0003x47ecfzk541ryh", body=b"1")
    other = capture(id="01m3250v0003x47ecfzk541ryh", body=b"2")
    path = FixtureDirectory(tmp_path).save(one, EVENT).path
    with pytest.raises(CannotWrite, match="--force"):
        FixtureDirectory(tmp_path).save(other, EVENT)
    assert loads(path.read_bytes()) == one
    assert FixtureDirectory(tmp_path, force=True).save(other, EVENT).state == "replaced"
    assert loads(path.read_bytes()) == other


@pytest.mark.parametrize("held", [b"", b"{}", b"\xff", b'{"delivery":{"id":"other"}}', b"[" * 100_000])
@pytest.mark.parametrize("force", [False, True])
def test_a_name_that_something_else_has_is_left_to_it(tmp_path: Path, held: bytes, force: bool) -> None:
    one = capture()
    short, longer = list(names_of(one, EVENT))[:2]
    (tmp_path / "notion").mkdir()
    (tmp_path / "notion" / short).write_bytes(held)
    for state in ("written", "unchanged"):
        saved = FixtureDirectory(tmp_path, force=force).save(one, EVENT)
        assert (saved.path.name, saved.state) == (longer, state)
    assert (tmp_path / "notion" / short).read_bytes() == held


@pytest.mark.parametrize("provider", ["../../up", "/etc", "..", "a/../../b", "C:\\x", "con", ".git"])
def test_no_provider_or_event_leads_out_of_the_directory(tmp_path: Path, provider: str) -> None:
    root = tmp_path / "fixtures"
    one = Capture(delivery=make_delivery(), provider=provider)
    saved = FixtureDirectory(root).save(one, Recognition(event_type="../../../x"))
    assert saved.path.resolve().parent.parent == root.resolve()
    assert list(tmp_path.iterdir()) == [root]


def test_a_link_in_the_place_of_a_folder_or_a_file_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "fixtures"
    root.mkdir()
    one = capture()
    (root / "notion").symlink_to(outside)
    with pytest.raises(RefusedForSafety):
        FixtureDirectory(root, force=True).save(one, EVENT)
    (root / "notion").unlink()
    (root / "notion").mkdir()
    (root / "notion" / next(names_of(one, EVENT))).symlink_to(outside / "x")
    with pytest.raises(RefusedForSafety):
        FixtureDirectory(root, force=True).save(one, EVENT)
    assert not list(outside.iterdir())


@pytest.mark.parametrize("taken", ["root", "folder", "file"])
def test_what_cannot_be_written_is_told(tmp_path: Path, taken: str) -> None:
    one = capture()
    root = tmp_path / "fixtures"
    if taken == "root":
        root.write_text("a file")
    elif taken == "folder":
        root.mkdir()
        (root / "notion").write_text("a file")
    else:
        (root / "notion" / next(names_of(one, EVENT))).mkdir(parents=True)
    with pytest.raises(CannotWrite):
        FixtureDirectory(root).save(one, EVENT)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="permission"):
        FixtureDirectory(tmp_path).save(capture(), EVENT)
    tmp_path.chmod(0o700)


def test_every_vector_comes_back_with_every_byte(tmp_path: Path) -> None:
    for number, vector in enumerate(load_vectors().values()):
        one = Capture(delivery=to_delivery(vector), provider=vector["provider"])
        path = FixtureDirectory(tmp_path / str(number)).save(make_fixture(one, None, keep_url=True), EVENT).path
        assert load_fixture(path) == one


@pytest.mark.parametrize(("name", "flaw"), [("tests/fixtures", ""), ("tatus:3xx", ":"), ("a/b?", "?"), ("/tmp/x", "")])
def test_a_name_that_other_systems_refuse_is_refused(name: str, flaw: str) -> None:
    assert unportable(Path(name)) == flaw
    if flaw:
        with pytest.raises(InputError, match="name another one"):
            FixtureDirectory(Path(name))

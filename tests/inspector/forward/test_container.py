from pathlib import Path

import pytest

from hookscope.forward import dial
from hookscope.forward.container import is_container
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import parse_handler
from raw_http import free_port


@pytest.mark.parametrize(
    ("marker", "groups", "inside"), [(True, "", True), (False, "0::/docker/5\n", True), (False, "0::/\n", False)]
)
def test_a_marker_or_the_control_groups_tell_of_a_container(
    marker: bool, groups: str, inside: bool, tmp_path: Path
) -> None:
    if marker:
        (tmp_path / "marker").touch()
    (tmp_path / "cgroup").write_text(groups)
    assert is_container((str(tmp_path / "marker"),), str(tmp_path / "cgroup")) is inside


def test_a_system_without_control_groups_is_no_container(tmp_path: Path) -> None:
    assert is_container((), str(tmp_path / "none")) is False


@pytest.mark.parametrize("inside", [False, True])
async def test_a_port_of_this_machine_that_refuses_is_told_as_a_containers(
    inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "is_container", lambda: inside)
    forwarding = Forwarder(parse_handler(f"127.0.0.1:{free_port()}"))
    failure = await forwarding.probe()
    await forwarding.close()
    assert failure is not None
    assert failure.detail.endswith(" in this container") is inside

import pytest

from hookscope.model.containers import tells_of_container


@pytest.mark.parametrize(
    ("groups", "inside"),
    [
        ("12:pids:/docker/5f3e\n1:name=systemd:/docker/5f3e\n", True),
        ("0::/kubepods/besteffort/pod1/9c\n", True),
        ("0::/../crio-1.scope\n0::/system.slice/containerd.service\n", True),
        ("0::/machine.slice/libpod-77.scope\n", True),
        ("0::/init.scope\n", False),
        ("9:name=systemd:/\n8:pids:/\n", False),
        ("0::/dockerish\n", False),
        ("", False),
    ],
)
def test_control_groups_tell_of_a_container(groups: str, inside: bool) -> None:
    assert tells_of_container(groups) is inside

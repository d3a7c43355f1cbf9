"""Containers: what tells of one, and what `localhost` means inside."""

from __future__ import annotations

import re

# Files that Docker and Podman put into every container.
MARKER_FILES = ("/.dockerenv", "/run/.containerenv")
# The first process's control groups (cgroups(7)), where a container has them to itself.
_GROUPS = re.compile(r"\b(docker|containerd|kubepods|libpod|lxc|cri-o)\b")

INSIDE = " in this container"
ADVICE = (
    "localhost is this container itself: forward to the handler's service (http://web:3000), or to the machine"
    " (http://host.docker.internal:3000), with --allow-remote; on Linux `docker run` needs"
    " --add-host=host.docker.internal:host-gateway for that"
)


def tells_of_container(groups: str) -> bool:
    """Whether what stands in /proc/1/cgroup is a container's."""
    return _GROUPS.search(groups) is not None

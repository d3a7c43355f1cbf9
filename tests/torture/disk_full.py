"""A disk that fills up half-way, under the relay's log or under the capture store: no 2xx for what is not durable,
and on it goes.

python -m torture.disk_full DIRECTORY relay|inspector quick|long      (with tests/ on PYTHONPATH, run by `unshare -Urm`)
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from torture.checker import check_exactly_once
from torture.figures import Figures
from torture.load import Load, Sender
from torture.processes import Supervisor, until
from torture.rig import Rig
from torture.tiny_disk import MAY_MOUNT, MIB, FileLimit, TinyDisk

Whose: TypeAlias = Literal["relay", "inspector"]
WHOSE: tuple[Whose, ...] = get_args(Whose)

CANNOT_WRITE = 8
AWAY_PAUSE_S = 0.02
# Until the disk has been full.
MORE_THAN_FITS = 10**9
TRIES = 50
RUN_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Half of the deliveries come before the disk is full, half after it;
    `refusals` is how many a full relay must turn away."""

    deliveries: int
    refusals: int
    disk_bytes: int
    senders: int = 8


QUICK = Size(deliveries=400, refusals=50, disk_bytes=64 * MIB)
LONG = Size(deliveries=100_000, refusals=2_000, disk_bytes=1536 * MIB)


def run_mounted(directory: Path, whose: Whose, *, quick: bool) -> Figures:
    """The scenario on a real small file system, in a process that may mount one."""
    directory.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [*MAY_MOUNT, sys.executable, "-m", "torture.disk_full", str(directory), whose, "quick" if quick else "long"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=RUN_WITHIN_S,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return Figures(**told)


async def run(directory: Path, size: Size, whose: Whose, disk_kind: type[TinyDisk | FileLimit]) -> Figures:
    """The scenario, in an empty directory, on that kind of disk."""
    figures = Figures(f"disk-full-{whose}")
    rig = Rig(directory)
    endpoint = rig.endpoint("inspector")
    load = Load(rig.port, endpoint, MORE_THAN_FITS, size.senders, away_pause_s=AWAY_PAUSE_S)
    async with rig.proxy, asyncio.timeout(RUN_WITHIN_S):
        relay, listen = rig.relay(deadline="1s"), rig.listen("inspector")
        with disk_kind(rig.home(whose), size.disk_bytes) as disk:
            async with Supervisor(relay) as relays:
                await relays.said("listening")
                async with Supervisor(listen) as inspectors:
                    await inspectors.said("ready")
                    sending = asyncio.create_task(load.run())
                    await load.reached(size.deliveries // 2)
                    disk.fill(relay if whose == "relay" else listen)
                    if whose == "relay":
                        await until("the relay refuses", lambda: load.refused[503] >= size.refusals)
                        await _demand_honesty(figures, rig, endpoint)
                    else:
                        await until("the inspector ends", lambda: inspectors.exits[CANNOT_WRITE] > 0)
                    disk.make_room(relay if whose == "relay" else listen)
                    load.total = len(load.acknowledged) + size.deliveries // 2
                    took_s = await sending
                    catching_up_s = await rig.settled("inspector", endpoint)
                    figures.demand("the inspector stops in order", await inspectors.stop() == 0)
                    figures.demand("the relay stops in order", await relays.stop() == 0)
            figures.note(
                disk=disk.name,
                acknowledged=len(load.acknowledged),
                refused=dict(sorted(load.refused.items())) or 0,
                inspector_ended_8=inspectors.exits[CANNOT_WRITE],
                seconds=took_s,
                catching_up_s=catching_up_s,
            )
            _demand_ends(figures, load, relays, inspectors)
            check_exactly_once(figures, captures=rig.captures("inspector"), log=rig.log, load=load)
    return figures


async def _demand_honesty(figures: Figures, rig: Rig, endpoint: str) -> None:
    """A full relay names its store as the reason, and says that it is not ready."""
    sender = Sender(rig.port)
    # What is small may still fit where the others did not.
    for _ in range(TRIES):
        refusal = await sender.post(f"/{endpoint}/d/0", bytes(64 * 1024))
        if refusal.status == 503:
            break
    problem = json.loads(refusal.body).get("type", "") if refusal.status == 503 else str(refusal.status)
    figures.demand(f"the problem is store-unavailable: {refusal}", problem.endswith(":store-unavailable"))
    sender.close()
    ready = await sender.post("/-/ready", b"")
    figures.demand(f"the relay is not ready: {ready}", ready.status == 503)
    sender.close()


def _demand_ends(figures: Figures, load: Load, relays: Supervisor, inspectors: Supervisor) -> None:
    by_themselves = {"relay": set(relays.exits) - {0}, "inspector": set(inspectors.exits) - {0, CANNOT_WRITE}}
    figures.demand(f"nothing else ends by itself: {by_themselves}", not any(by_themselves.values()))
    figures.demand(f"no answer but 2xx, 503 and 504: {load.refused}", set(load.refused) <= {503, 504})


def main(directory: str, whose: str, size: str) -> int:
    """Run it where mounting is allowed, and print its figures as JSON."""
    sizes = {"quick": QUICK, "long": LONG}
    found = next(one for one in WHOSE if one == whose)
    print(json.dumps(asdict(asyncio.run(run(Path(directory), sizes[size], found, TinyDisk)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

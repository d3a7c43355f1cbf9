"""A relay and its inspectors as processes, with a breakable link between them: what every scenario begins with."""

from __future__ import annotations

from pathlib import Path

from hookscope.config.endpoint_keys import load_or_make
from hookscope.config.settings import Places
from raw_http import free_port
from torture.chaos_proxy import ChaosProxy
from torture.checker import caught_up
from torture.processes import Program, until

# A link is dead after at most three of these; the product's own value is 10.
PING_S = 10.0
CATCH_UP_WITHIN_S = 180.0
# All senders and inspectors are at one address here, and as fast as they can be; rates have tests of their own.
NO_RATES = (
    *("--endpoint-rate", "0"),
    *("--address-rate", "0"),
    *("--upgrade-rate", "0"),
    *("--frame-rate", "0"),
    *("--new-endpoints", "0"),
)


def hurried(ping_s: float) -> str:
    """A preamble that makes a process ping so often, for forms that cannot wait for the real interval."""
    if ping_s == PING_S:
        return ""
    return f"import hookscope_relay.wire as wire; wire.PING_INTERVAL_S = wire.PONG_WITHIN_S = {ping_s}"


class Rig:
    """Where a scenario's processes live. Inspectors dial `proxy` (unless `direct`), senders the relay's own `port`.

    The proxy must listen before a process is made: claims are signed for the address that is dialled.
    """

    def __init__(self, directory: Path, *, ping_s: float = PING_S, direct: bool = False) -> None:
        self.directory = directory
        self.direct = direct
        self.ping_s = ping_s
        self.port = free_port()
        self.proxy = ChaosProxy(self.port)

    @property
    def origin(self) -> str:
        """What inspectors dial."""
        return f"http://127.0.0.1:{self.port if self.direct else self.proxy.port}"

    @property
    def log(self) -> Path:
        """The relay's database."""
        return self.home("relay") / "relay.db"

    def relay(self, *options: str, deadline: str = "5s", preamble: str = "") -> Program:
        """The relay, not started yet."""
        return Program(
            self.home("relay"),
            "relay",
            *("--port", str(self.port), "--public-url", self.origin),
            *("--deadline", deadline, "--json", *NO_RATES, *options),
            preamble=f"{hurried(self.ping_s)}\n{preamble}",
        )

    def listen(self, name: str, *options: str, preamble: str = "") -> Program:
        """An inspector with a home of its own, not started yet."""
        return Program(
            self.home(name),
            "listen",
            *options,
            *("--relay", self.origin, "--json"),
            preamble=f"{hurried(self.ping_s)}\n{preamble}",
        )

    def home(self, name: str) -> Path:
        """The home of the inspector of that name; the relay's is `relay`."""
        return self.directory / name

    def captures(self, name: str) -> Path:
        """The inspector's database."""
        home = self.home(name)
        return Places(config=home, data=home, state=home).captures

    def endpoint(self, name: str) -> str:
        """The id of the inspector's endpoint, whose key is made where there is none."""
        home = self.home(name)
        places = Places(config=home, data=home, state=home)
        return load_or_make(places.endpoints, "default").current.id

    async def settled(self, name: str, endpoint: str, within_s: float = CATCH_UP_WITHIN_S) -> float:
        """Wait until the inspector holds everything that the log does; how long that took, in seconds."""
        captures, log = self.captures(name), self.log
        return await until(
            "the inspector catches up", lambda: caught_up(captures, log, endpoint), within_s, every_s=0.05
        )

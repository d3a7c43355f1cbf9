"""mitmproxy in reverse mode: an inspecting proxy in Python, one hop, no tunnel."""

from __future__ import annotations

from contest.contender import Address, Contender, Ground
from contest.processes import clean_environment, free_port, wait_for_port
from contest.registries import python_folder


class Mitmproxy(Contender):
    name = "mitmproxy"
    what = "mitmdump, reverse mode (Python)"

    def open(self, ground: Ground) -> Address:
        folder = python_folder(ground.cache, "mitmproxy==11.0.2")
        port = free_port()
        command = [str(folder / "bin/mitmdump"), "-q", "--mode", f"reverse:http://127.0.0.1:{ground.handler_port}"]
        command += ["--listen-host", "127.0.0.1", "-p", str(port), "--set", f"confdir={ground.directory}"]
        environment = clean_environment(HOME=str(ground.directory))
        process = self.run("mitmdump", command, ground, environment)
        wait_for_port(port, process, ground.directory, "mitmdump", limit_s=40)
        return Address(port)

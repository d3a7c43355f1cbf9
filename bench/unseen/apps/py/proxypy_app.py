"""The routes of a reverse proxy made with proxy.py, as its plug-in; the ports come from the environment."""

import os

from proxy.http.server import ReverseProxyBasePlugin
from proxy.http.url import Url


class Routes(ReverseProxyBasePlugin):
    def routes(self):
        return [r"/(up/.*|hang|garbage|close|down)$"]

    def handle_route(self, request, pattern):
        port = os.environ["DEAD" if b"down" in request.path else "UPSTREAM"]
        return Url.from_bytes(b"http://127.0.0.1:%s%s" % (port.encode(), request.path))

"""libsoup's SoupServer, through GObject introspection: /usr/bin/python3 soup.py PORT"""

import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402

ANSWERS = {
    "/ok": (200, b"ok"),
    "/sig": (401, b"webhook signature mismatch"),
    "/sig-bare": (403, b""),
    "/boom": (500, b""),
}


def hook(server, message, path, query):
    status, body = ANSWERS.get(path, (404, b""))
    message.set_status(status, None)
    if body:
        message.set_response("text/plain", Soup.MemoryUse.COPY, body)


server = Soup.Server()
server.add_handler("/ok", hook)
server.add_handler("/sig", hook)
server.add_handler("/sig-bare", hook)
server.add_handler("/boom", hook)
server.add_auth_domain(auth := Soup.AuthDomainBasic(realm="hooks"))
auth.add_path("/basic")
server.listen_local(int(sys.argv[1]), Soup.ServerListenOptions.IPV4_ONLY)
GLib.MainLoop().run()

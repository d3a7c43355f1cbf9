"""A plain WSGI application under the server that is named: cheroot, gevent, eventlet, bjoern, fastwsgi, netius.

`wsgi_app.py SERVER PORT`.
"""

import json
import sys
import time
from http import HTTPStatus

from check import ANSWERS, OTHER, signed


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    status, answer, kind = "200 OK", b"ok", "text/plain"
    if path == "/ok" and not signed(headers, body):
        status, answer = "401 Unauthorized", b"unsigned"
    elif path == "/sig" and not signed(headers, body, OTHER):
        status, answer, kind = "401 Unauthorized", b'{"error":"signature does not match"}', "application/json"
    elif path == "/sig-bare":
        status, answer = "403 Forbidden", b""
    elif path == "/boom":
        answer = {}["workspace"]
    elif path == "/json":
        answer = json.loads(body)["type"].encode()
    elif path == "/hang":
        time.sleep(30)
    elif path == "/crash":
        import os

        os._exit(1)
    elif path in ANSWERS:
        code, kind, words = ANSWERS[path]
        status, answer = f"{code} {HTTPStatus(code).phrase}", words.encode()
    elif path == "/nowhere":
        status, answer = "404 Not Found", b"nothing here"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(answer)))])
    return [answer]


def main(server, port):
    if server == "cheroot":
        from cheroot import wsgi

        made = wsgi.Server(("127.0.0.1", port), application)
        made.max_request_body_size = 64 * 1024
        made.max_request_header_size = 16 * 1024
        made.start()
    elif server == "gevent":
        from gevent import pywsgi

        pywsgi.WSGIServer(("127.0.0.1", port), application).serve_forever()
    elif server == "eventlet":
        import eventlet
        from eventlet import wsgi

        wsgi.server(eventlet.listen(("127.0.0.1", port)), application)
    elif server == "bjoern":
        import bjoern

        bjoern.run(application, "127.0.0.1", port)
    elif server == "fastwsgi":
        import fastwsgi

        fastwsgi.run(application, host="127.0.0.1", port=port)
    elif server == "netius":
        import netius.servers

        netius.servers.WSGIServer(app=application).serve(host="127.0.0.1", port=port)
    else:
        from wsgiref.simple_server import make_server

        make_server("127.0.0.1", port, application).serve_forever()


main(sys.argv[1], int(sys.argv[2]))

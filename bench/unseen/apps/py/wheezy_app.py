import sys
from wsgiref.simple_server import make_server

from wheezy.http import (
    HTTPResponse,
    WSGIApplication,
    accept_method,
    forbidden,
    http_error,
    redirect,
)
from wheezy.http.middleware import http_cache_middleware_factory  # noqa: F401
from wheezy.web.handlers import BaseHandler  # noqa: F401
from wheezy.web.middleware import bootstrap_defaults, path_routing_middleware_factory

AUDIT = {}


@accept_method("POST")
def ok(request):
    response = HTTPResponse("text/plain")
    response.write("ok")
    return response


@accept_method("GET")
def getonly(request):
    return ok(request)


def sig(request):
    response = http_error(401)
    response.content_type = "text/plain"
    response.write("webhook signature invalid")
    return response


def boom(request):
    return {}["workspace"]


urls = [
    ("ok", ok),
    ("noslash", ok),
    ("slash/", ok),
    ("getonly", getonly),
    ("sig", sig),
    ("sig-bare", lambda request: forbidden()),
    ("boom", boom),
    ("login", lambda request: redirect("/login")),
    ("bait/empty", lambda request: HTTPResponse()),
]
options = {"path_router": None}
application = WSGIApplication(
    middleware=[bootstrap_defaults(url_mapping=urls), path_routing_middleware_factory], options={}
)
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()

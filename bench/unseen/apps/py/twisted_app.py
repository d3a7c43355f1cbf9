import sys

from check import OTHER, signed
from twisted.internet import reactor
from twisted.web import resource, server, static


class Hook(resource.Resource):
    isLeaf = True

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def render_POST(self, request):
        return self.answer(request)


class GetOnly(resource.Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"up"


def sig(request):
    said = {k.decode(): v[0].decode() for k, v in request.requestHeaders.getAllRawHeaders()}
    if not signed(said, request.content.read(), OTHER):
        request.setResponseCode(403, b"Invalid Signature")
        return b""
    return b"ok"


def hang(request):
    return server.NOT_DONE_YET


def raises(request):
    return {}["workspace"]


def crash(request):
    import os

    os._exit(1)


root = resource.Resource()
root.putChild(b"ok", Hook(lambda request: b"OK"))
root.putChild(b"sig", Hook(sig))
root.putChild(b"sig-bare", resource.ForbiddenResource())
root.putChild(b"boom", Hook(raises))
root.putChild(b"getonly", GetOnly())
root.putChild(b"hang", Hook(hang))
root.putChild(b"crash", Hook(crash))
root.putChild(b"files", static.File("."))
site = server.Site(root)
site.displayTracebacks = False
reactor.listenTCP(int(sys.argv[1]), site, interface="127.0.0.1")
reactor.run()

import json
import sys

from check import OTHER, signed
from klein import Klein

app = Klein()


def headers(request):
    return {k.decode(): v[0].decode() for k, v in request.requestHeaders.getAllRawHeaders()}


@app.route("/ok", methods=["POST"])
def ok(request):
    return b"ok" if signed(headers(request), request.content.read()) else b"unsigned"


@app.route("/sig", methods=["POST"])
def sig(request):
    if not signed(headers(request), request.content.read(), OTHER):
        request.setResponseCode(401)
        return b"signature verification failed"
    return b"ok"


@app.route("/sig-bare", methods=["POST"])
def sig_bare(request):
    request.setResponseCode(403)
    return b""


@app.route("/boom", methods=["POST"])
def boom(request):
    return {}["workspace"]


@app.route("/json", methods=["POST"])
def read_json(request):
    return json.loads(request.content.read())["type"]


@app.route("/getonly", methods=["GET"])
def getonly(request):
    return b"up"


@app.route("/slash/", methods=["POST"])
def slash(request):
    return b"ok"


@app.route("/noslash", methods=["POST"])
def noslash(request):
    return b"ok"


@app.route("/moved", methods=["POST"])
def moved(request):
    request.redirect(b"/v2/webhooks")
    return b""


@app.route("/rate", methods=["POST"])
def rate(request):
    request.setResponseCode(429)
    request.setHeader("Retry-After", "30")
    return b"slow down"


app.run("127.0.0.1", int(sys.argv[1]))

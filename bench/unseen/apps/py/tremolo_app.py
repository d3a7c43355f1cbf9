import json
import sys

from tremolo import Application
from tremolo.exceptions import Forbidden, Unauthorized

app = Application()


@app.route("^/ok$")
async def ok(request, **_):
    return b"ok"


@app.route("^/sig$")
async def sig(request, **_):
    raise Unauthorized("webhook signature mismatch")


@app.route("^/sig-bare$")
async def sig_bare(request, **_):
    raise Forbidden


@app.route("^/boom$")
async def boom(request, **_):
    return {}["workspace"]


@app.route("^/json$")
async def read_json(request, **_):
    return json.loads(await request.body())["type"]


@app.route("^/noslash$")
async def noslash(**_):
    return b"ok"


app.run("127.0.0.1", port=int(sys.argv[1]), client_max_body_size=65536)

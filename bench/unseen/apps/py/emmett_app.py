import sys

from check import OTHER, signed
from emmett import App, abort, redirect, request
from emmett.tools import service

app = App(__name__)


@app.route("/ok", methods="post")
async def ok():
    body = await request.body
    return "ok" if signed(request.headers, body) else "unsigned"


@app.route("/sig", methods="post", output="str")
async def sig():
    if not signed(request.headers, await request.body, OTHER):
        abort(403, "Webhook verification failed")
    return "ok"


@app.route("/sig-bare", methods="post", output="str")
async def sig_bare():
    abort(401)


@app.route("/boom", methods="post", output="str")
async def boom():
    return {}["workspace"]


@app.route("/json", methods="post")
@service.json
async def read_json():
    params = await request.body_params
    return {"type": params.type.upper()}


@app.route("/getonly", methods="get", output="str")
async def getonly():
    return "up"


@app.route("/slash/", methods="post", output="str")
async def slash():
    return "ok"


@app.route("/noslash", methods="post", output="str")
async def noslash():
    return "ok"


@app.route("/done", methods="post", output="str")
async def done():
    redirect("/thanks")


if __name__ == "__main__":
    from emmett_core.server import run

    run("rsgi", ("emmett_app", "app"), host="127.0.0.1", port=int(sys.argv[1]), log_level="info")

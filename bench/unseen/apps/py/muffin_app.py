import sys

import muffin
import uvicorn
from check import OTHER, signed

app = muffin.Application()


@app.route("/ok", methods=["POST"])
async def ok(request):
    return {"ok": signed(request.headers, await request.body())}


@app.route("/sig", methods=["POST"])
async def sig(request):
    if not signed(request.headers, await request.body(), OTHER):
        raise muffin.ResponseError.UNAUTHORIZED("Bad webhook signature")
    return "ok"


@app.route("/sig-bare", methods=["POST"])
async def sig_bare(request):
    raise muffin.ResponseError.FORBIDDEN()


@app.route("/boom", methods=["POST"])
async def boom(request):
    return {}["workspace"]


@app.route("/json", methods=["POST"])
async def read_json(request):
    return (await request.json())["type"]


@app.route("/getonly", methods=["GET"])
async def getonly(request):
    return "up"


@app.route("/slash/", methods=["POST"])
async def slash(request):
    return "ok"


@app.route("/noslash", methods=["POST"])
async def noslash(request):
    return "ok"


@app.route("/login", methods=["POST"])
async def login(request):
    return muffin.ResponseRedirect("/auth/login?next=/login")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))

import sys

from check import OTHER, signed
from microdot import Microdot, Request, abort, redirect

Request.max_content_length = 64 * 1024
app = Microdot()


@app.post("/ok")
async def ok(request):
    return ({"ok": True}, 202) if signed(request.headers, request.body) else ("unsigned", 401)


@app.post("/sig")
async def sig(request):
    return ok(request) if signed(request.headers, request.body, OTHER) else ({"error": "bad_signature"}, 403)


@app.post("/sig-bare")
async def sig_bare(request):
    abort(401)


@app.post("/sig-missing")
async def sig_missing(request):
    if not any("signature" in name.lower() for name in request.headers):
        abort(400, "no signature header in the request")
    return "ok"


@app.post("/boom")
async def boom(request):
    return request.json["workspace"]["owner"]["email"]


@app.post("/json")
async def read_json(request):
    return request.json["type"]


@app.post("/big")
async def big(request):
    return "ok"


@app.get("/getonly")
async def getonly(request):
    return "up"


@app.post("/slash/")
async def slash(request):
    return "ok"


@app.post("/noslash")
async def noslash(request):
    return "ok"


@app.post("/login")
async def login(request):
    return redirect("/login")


@app.post("/bait/empty")
async def bait(request):
    return ""


@app.post("/hang")
async def hang(request):
    import asyncio

    await asyncio.sleep(30)


app.run("127.0.0.1", int(sys.argv[1]))

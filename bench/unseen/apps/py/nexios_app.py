import sys

import uvicorn
from check import OTHER, signed
from nexios import NexiosApp
from nexios.exceptions import HTTPException

app = NexiosApp()


@app.post("/ok")
async def ok(request, response):
    return response.json({"ok": signed(request.headers, await request.body)})


@app.post("/sig")
async def sig(request, response):
    if not signed(request.headers, await request.body, OTHER):
        raise HTTPException(401, "Signature mismatch for this webhook")
    return response.text("ok")


@app.post("/sig-bare")
async def sig_bare(request, response):
    raise HTTPException(403)


@app.post("/boom")
async def boom(request, response):
    return {}["workspace"]


@app.post("/json")
async def read_json(request, response):
    return response.json({"type": (await request.json)["type"]})


@app.get("/getonly")
async def getonly(request, response):
    return response.text("up")


@app.post("/slash/")
async def slash(request, response):
    return response.text("ok")


@app.post("/noslash")
async def noslash(request, response):
    return response.text("ok")


@app.post("/login")
async def login(request, response):
    return response.redirect("/login")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))

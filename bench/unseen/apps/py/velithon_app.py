import sys

from velithon import Velithon
from velithon.exceptions import ForbiddenException, UnauthorizedException
from velithon.requests import Request
from velithon.responses import JSONResponse, PlainTextResponse

app = Velithon()


@app.post("/ok")
async def ok(request: Request):
    return JSONResponse({"ok": True})


@app.post("/sig")
async def sig(request: Request):
    raise UnauthorizedException(details={"reason": "webhook signature mismatch"})


@app.post("/sig-bare")
async def bare(request: Request):
    raise ForbiddenException()


@app.post("/boom")
async def boom(request: Request):
    return {}["workspace"]


@app.post("/json")
async def read_json(request: Request):
    return JSONResponse({"type": (await request.json())["type"]})


@app.get("/getonly")
async def getonly(request: Request):
    return PlainTextResponse("up")


@app.post("/noslash")
async def noslash(request: Request):
    return PlainTextResponse("ok")


if __name__ == "__main__":
    from granian import Granian

    Granian("velithon_app:app", address="127.0.0.1", port=int(sys.argv[1]), interface="rsgi").serve()

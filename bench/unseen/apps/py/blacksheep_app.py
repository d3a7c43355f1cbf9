import sys
from dataclasses import dataclass

import uvicorn
from blacksheep import (
    Application,
    FromJSON,
    Request,
    bad_request,
    forbidden,
    json,
    no_content,
    redirect,
    text,
    unauthorized,
)
from check import OTHER, signed
from guardpost import Identity  # noqa: F401

app = Application()
post, get = app.router.post, app.router.get


@dataclass
class Order:
    tenant: str
    token: int


def headers(request):
    return {key.decode(): value.decode() for key, value in request.headers.items()}


@post("/ok")
async def ok(request: Request):
    return no_content() if signed(headers(request), await request.read()) else unauthorized()


@post("/sig")
async def sig(request: Request):
    return (
        ok()
        if signed(headers(request), await request.read(), OTHER)
        else unauthorized("The webhook signature could not be verified.")
    )


@post("/sig-bare")
async def sig_bare(request: Request):
    return forbidden()


@post("/boom")
async def boom(request: Request):
    return json({"id": {}["workspace"]})


@post("/json")
async def read_json(request: Request):
    return json({"got": len(await request.json())})


@post("/schema")
async def schema(data: FromJSON[Order]):
    return text(data.value.tenant)


@get("/getonly")
async def getonly():
    return text("up")


@post("/slash/")
async def slash():
    return text("ok")


@post("/noslash")
async def noslash():
    return text("ok")


@post("/login")
async def login():
    return redirect("/sign-in?next=/login")


@post("/bait/ignored")
async def ignored():
    return json({"handled": False, "reason": "no subscription for this event type"}, status=202)


@post("/event")
async def event():
    return bad_request("Unhandled event type")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="info")

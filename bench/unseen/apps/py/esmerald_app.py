"""Ravyn, and Esmerald before it was called so: `esmerald_app.py PORT`."""

import sys

import uvicorn
from check import OTHER, signed
from pydantic import BaseModel

try:
    from ravyn import Gateway, HTTPException, Ravyn, Request, get, post
    from ravyn.exceptions import NotAuthorized, PermissionDenied
except ImportError:
    from esmerald import Esmerald as Ravyn
    from esmerald import Gateway, HTTPException, Request, get, post
    from esmerald.exceptions import NotAuthorized, PermissionDenied


class Order(BaseModel):
    tenant: str
    token: int


@post("/ok", status_code=200)
async def ok(request: Request) -> dict:
    return {"verified": signed(request.headers, await request.body())}


@post("/sig")
async def sig(request: Request) -> str:
    if not signed(request.headers, await request.body(), OTHER):
        raise NotAuthorized("The webhook signature is invalid.")
    return "ok"


@post("/sig-bare")
async def sig_bare(request: Request) -> str:
    raise PermissionDenied()


@post("/boom")
async def boom(request: Request) -> str:
    return {}["workspace"]


@post("/json")
async def read_json(request: Request) -> str:
    return (await request.json())["type"]


@post("/schema")
async def schema(data: Order) -> str:
    return data.tenant


@get("/getonly")
async def getonly() -> str:
    return "up"


@post("/noslash")
async def noslash() -> str:
    return "ok"


@post("/rate")
async def rate() -> str:
    raise HTTPException(status_code=429, detail="Too many deliveries, retry in 30 seconds")


handlers = [ok, sig, sig_bare, boom, read_json, schema, getonly, noslash, rate]
app = Ravyn(routes=[Gateway(handler=handler) for handler in handlers])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))

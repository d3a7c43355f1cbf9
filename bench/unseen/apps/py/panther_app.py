import sys

import uvicorn
from panther import Panther
from panther.app import API
from panther.exceptions import AuthenticationAPIError, AuthorizationAPIError
from panther.request import Request
from panther.serializer import ModelSerializer  # noqa: F401
from pydantic import BaseModel


class Order(BaseModel):
    tenant: str


@API(methods=["POST"])
async def ok():
    return {"detail": "queued"}


@API(methods=["POST"])
async def sig():
    raise AuthenticationAPIError(detail="Webhook signature is wrong")


@API(methods=["POST"])
async def bare():
    raise AuthorizationAPIError


@API(methods=["POST"])
async def boom():
    return {}["workspace"]


@API(methods=["POST"])
async def read_json(request: Request):
    return request.data["type"]


@API(methods=["POST"], input_model=Order)
async def schema(request: Request):
    return request.validated_data.tenant


@API(methods=["GET"])
async def getonly():
    return "up"


url_routing = {
    "ok/": ok,
    "sig/": sig,
    "sig-bare/": bare,
    "boom/": boom,
    "json/": read_json,
    "schema/": schema,
    "getonly/": getonly,
    "noslash/": ok,
}
app = Panther("__main__", configs=__name__, urls=url_routing)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))

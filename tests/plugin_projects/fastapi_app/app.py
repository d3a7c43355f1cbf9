from __future__ import annotations

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from verifying import Shop

app = FastAPI()
app.state.shop = Shop()


class Order(BaseModel):
    order: int


@app.post("/webhooks/{provider}")
async def take(provider: str, request: Request) -> Response:
    shop = app.state.shop
    return Response(status_code=shop.take(provider, await request.body(), request.headers.get, str(request.url)))


@app.post("/orders")
def orders(order: Order) -> Order:
    return order


@app.post("/slash/")
def slash() -> None: ...

"""Handlers in FastAPI: one correct, the others with one fault each. Run as `python fastapi_handlers.py PORT`."""

import hashlib
import hmac
import json
import sys
import time

import uvicorn
from fastapi import FastAPI, HTTPException, Request

SECRET = b"secret_of_the_checks"
OLDEST_S = 300
app = FastAPI()


def demand(raw, request, now):
    at = request.headers.get("X-Slack-Request-Timestamp", "")
    wanted = "v0=" + hmac.new(SECRET, b"v0:" + at.encode() + b":" + raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("X-Slack-Signature", "")):
        raise HTTPException(401)
    if abs(now - int(at)) > OLDEST_S:
        raise HTTPException(401)


def answer(event):
    return {"challenge": event["challenge"]} if event.get("type") == "url_verification" else {}


async def handle(request, *, parse_safely=True, check_time=True):
    raw = await request.body()
    at = request.headers.get("X-Slack-Request-Timestamp", "0")
    demand(raw, request, time.time() if check_time else int(at))
    try:
        event = json.loads(raw)
    except ValueError:
        if parse_safely:
            raise HTTPException(400) from None
        raise
    return answer(event)


@app.post("/correct")
async def correct(request: Request):
    return await handle(request)


@app.post("/bad-json")
async def bad_json(request: Request):
    return await handle(request, parse_safely=False)


@app.post("/timeless")
async def timeless(request: Request):
    return await handle(request, check_time=False)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")

"""Handlers in Flask: one correct, the others with one fault each. Run as `python flask_handlers.py PORT`."""

import hashlib
import hmac
import json
import logging
import sys

from flask import Flask, abort, request
from werkzeug.serving import make_server

SECRET = b"secret_of_the_checks"
app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
app.logger.disabled = True


def signed(raw):
    return "sha256=" + hmac.new(SECRET, raw, hashlib.sha256).hexdigest()


def demand(raw):
    if not hmac.compare_digest(signed(raw), request.headers.get("X-Notion-Signature", "")):
        abort(401)


def parse(raw):
    try:
        return json.loads(raw)
    except ValueError:
        abort(400)


@app.post("/correct")
def correct():
    raw = request.get_data()
    event = parse(raw)
    if "verification_token" not in event:
        demand(raw)
    return ""


@app.post("/reserialises")
def reserialises():
    event = parse(request.get_data())
    if "verification_token" not in event:
        demand(json.dumps(event).encode())
    return ""


@app.post("/unsigned")
def unsigned():
    raw = request.get_data()
    event = parse(raw)
    if "verification_token" not in event and request.headers.get("X-Notion-Signature"):
        demand(raw)
    return ""


make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()

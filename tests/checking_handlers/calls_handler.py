"""A handler in Flask that writes to an API: right, or with the one fault that its query names.

Run as `python calls_handler.py PORT API`.
"""

import logging
import sys
import time

import httpx
from flask import Flask, request
from werkzeug.serving import make_server

app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
api = httpx.Client(base_url=sys.argv[2], headers={"Authorization": "Bearer ntn_0123456789"}, trust_env=False)
known: set[str] = set()


def ask(fault, number):
    answer = api.post("/v1/pages", json={"number": number})
    for _ in range(2):
        again = answer.status_code == 429 or (answer.status_code == 403 and fault == "stubborn")
        if not again:
            break
        if fault != "hasty" and answer.status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]) + 0.01)
        answer = api.post("/v1/pages", json={"number": number})


@app.post("/calls")
def calls():
    fault = request.query_string.decode()
    event = request.get_json().get("id")
    if event not in known or fault == "forgetful":
        known.add(event)
        ask(fault, 1)
    return ""


make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()

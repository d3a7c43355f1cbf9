"""Handlers in Flask whose official clients are pointed at the gateway. Run as `python flask_clients.py PORT GATEWAY`.

Each accepts the delivery; the call goes wrong.
"""

import json
import logging
import sys

import notion_client
import requests
import slack_sdk
import stripe
from flask import Flask
from werkzeug.serving import make_server

GATEWAY = sys.argv[2]
TOKENS = json.loads(sys.argv[3])
app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
notion = notion_client.Client(auth=TOKENS["notion"], base_url=f"{GATEWAY}/notion", log_level=logging.CRITICAL)
payments = stripe.StripeClient(TOKENS["stripe"], base_addresses={"api": f"{GATEWAY}/stripe"}, max_network_retries=0)
slack = slack_sdk.WebClient(token=TOKENS["slack"], base_url=f"{GATEWAY}/slack/api/")
CALLS = {
    "notion-comment": lambda: notion.comments.create(parent={"page_id": TOKENS["page"]}, rich_text=[]),
    "notion-page": lambda: notion.pages.retrieve(TOKENS["hidden"]),
    "stripe": lambda: payments.v1.customers.retrieve("cus_1"),
    "slack": lambda: slack.chat_postMessage(channel="C1", text="x"),
    "requests": lambda: requests.get(f"{GATEWAY}/notion/v1/users/me", timeout=20).raise_for_status(),
}


@app.post("/<name>")
def take(name: str) -> str:
    try:
        CALLS[name]()
    except Exception as error:
        return f"accepted, though {type(error).__name__}"
    return "the call went well"


make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()

"""What the handlers in Python share: the signature of several providers, checked as their documentation says."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

SECRET = b"whsec_dW5zZWVuLXNlcnZlcnMtMQ=="
OTHER = b"whsec_of_the_staging_workspace"
ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


def _hex(secret, data):
    return hmac.new(secret, data, hashlib.sha256).hexdigest()


def signed(headers, body, secret=SECRET):
    """Whether one of the signatures that we know holds;
    `headers` is any mapping with lower-case or case-blind names."""
    said = {name.lower(): value for name, value in dict(headers).items()}
    for name in ("x-notion-signature", "x-hub-signature-256"):
        if name in said:
            return hmac.compare_digest(said[name], "sha256=" + _hex(secret, body))
    if "x-shopify-hmac-sha256" in said:
        wanted = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(said["x-shopify-hmac-sha256"], wanted)
    if "x-slack-signature" in said:
        data = b"v0:" + said.get("x-slack-request-timestamp", "").encode() + b":" + body
        return hmac.compare_digest(said["x-slack-signature"], "v0=" + _hex(secret, data))
    if "stripe-signature" in said:
        parts = dict(part.split("=", 1) for part in said["stripe-signature"].split(","))
        return hmac.compare_digest(parts["v1"], _hex(secret, parts["t"].encode() + b"." + body))
    return False

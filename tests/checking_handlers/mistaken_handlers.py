"""Handlers for GitHub's and Stripe's deliveries, each with one mistake in what it signs.
Run as `python mistaken_handlers.py PORT`; the path names the mistake."""

import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"secret_of_the_checks"
TOLERANCE_S = 300


def sign(message, secret=SECRET):
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def ascii_only(body):
    return body.decode("ascii", "ignore").encode()


def as_go(value):
    """A map as Go's encoding/json prints it: sorted, compact, escaped for HTML."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for sign_ in "<>&":
        text = text.replace(sign_, f"\\u{ord(sign_):04x}")
    return text.encode()


OF_GITHUB = {
    "/correct": sign,
    "/newline": lambda body: sign(body + b"\n"),
    "/mark": lambda body: sign(b"\xef\xbb\xbf" + body),
    "/string": lambda body: sign(json.dumps(body.decode(), ensure_ascii=False).encode()),
    "/string-in-ascii": lambda body: sign(json.dumps(body.decode()).encode()),
    "/first-kilobyte": lambda body: sign(body[:1024]),
    "/quoted": lambda body: sign(body, b'"' + SECRET + b'"'),
    "/secret-newline": lambda body: sign(body, SECRET + b"\n"),
    "/latin": lambda body: sign(body.decode("latin-1").encode()),
    "/ascii": lambda body: sign(ascii_only(body)),
    "/empty": lambda body: sign(b""),
    "/sorted": lambda body: sign(json.dumps(json.loads(body), sort_keys=True).encode()),
    "/as-go": lambda body: sign(as_go(json.loads(body))),
    "/indented": lambda body: sign(json.dumps(json.loads(body), indent=2, ensure_ascii=False).encode()),
    "/lower-case": lambda body: sign(body.lower()),
    "/as-dictionary": lambda body: sign(str(json.loads(body)).encode()),
}
OF_STRIPE = {
    "/stripe-correct": lambda time, body: sign(time + b"." + body),
    "/stripe-order": lambda time, body: sign(body + b"." + time),
    "/stripe-joined": lambda time, body: sign(time + body),
    "/stripe-float": lambda time, body: sign(str(float(time)).encode() + b"." + body),
    "/stripe-milliseconds": lambda time, body: sign(time + b"." + body),
    "/stripe-no-time": lambda time, body: sign(body),
}


def is_genuine(path, body, headers):
    if path == "/sha1":
        expected = "sha1=" + hmac.new(SECRET, body, hashlib.sha1).hexdigest()
        return hmac.compare_digest(expected, headers.get("X-Hub-Signature-256", ""))
    if path in OF_GITHUB:
        return hmac.compare_digest("sha256=" + OF_GITHUB[path](body), headers.get("X-Hub-Signature-256", ""))
    pairs = [pair.partition("=") for pair in headers.get("Stripe-Signature", "").split(",")]
    stamp = next((value for name, _, value in pairs if name == "t"), "")
    a_second = 1000 if path == "/stripe-milliseconds" else 1
    if not stamp.isdigit() or abs(time.time() - int(stamp) / a_second) > TOLERANCE_S:
        return False
    expected = OF_STRIPE[path](stamp.encode(), body)
    return any(name == "v1" and hmac.compare_digest(expected, value) for name, _, value in pairs)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status = 200 if is_genuine(self.path, body, self.headers) and json.loads(body) else 401
        except ValueError:
            status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

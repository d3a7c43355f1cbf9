"""Handlers built on the providers' own libraries accept what `hookscope send` signs,
and refuse it tampered with or stale.

Each handler is a Flask application behind a real socket. A provider whose library is absent is skipped; GitHub's runs
in Node.
"""

from __future__ import annotations

import base64
import importlib
import subprocess
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from hookscope import cli
from hookscope.tools.samples.load import load_samples
from node_packages import node_directory

WHSEC = "whsec_" + base64.b64encode(b"secret-value-for-tests!!").decode()


@dataclass(frozen=True)
class Sdk:
    """A provider, its library, and what a handler calls: it raises or gives False for what it refuses."""

    provider: str
    module: str
    verify: Callable[[Any, str], Any]
    secret: str
    stale: bool = True


def stripe(library, secret):
    return library.Webhook.construct_event(request.get_data(), request.headers["Stripe-Signature"], secret)


def slack(library, secret):
    return library.SignatureVerifier(secret).is_valid_request(request.get_data(), dict(request.headers))


def twilio(library, secret):
    return library.RequestValidator(secret).validate(request.url, request.form, request.headers["X-Twilio-Signature"])


def svix(library, secret):
    library.Webhook(secret).verify(request.get_data(), dict(request.headers))
    return True


def discord(library, secret):
    stamp = request.headers["X-Signature-Timestamp"].encode()
    signature = bytes.fromhex(request.headers["X-Signature-Ed25519"])
    return library.VerifyKey(bytes.fromhex(secret)).verify(stamp + request.get_data(), signature)


SDKS = (
    Sdk("stripe", "stripe", stripe, "whsec_abcdef"),
    Sdk("slack", "slack_sdk.signature", slack, "8f742231b10e8888abcd99yyyzzz85a5"),
    Sdk("twilio", "twilio.request_validator", twilio, "a" * 32, stale=False),
    Sdk("svix", "svix.webhooks", svix, WHSEC),
    Sdk("clerk", "svix.webhooks", svix, WHSEC),
    Sdk("standardwebhooks", "standardwebhooks.webhooks", svix, WHSEC),
    Sdk("discord", "nacl.signing", discord, "", stale=False),
)


def load(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(module)
        except ImportError:
            pytest.skip(f"{module.partition('.')[0]} is not installed")


@pytest.fixture
def serve():
    """Starts a handler that answers by what a function says of the request; gives its address."""
    running = []

    def start(verify):
        app = Flask("handler")

        @app.post("/hooks")
        def hooks():
            try:
                return ("ok", 200) if verify() else ("no", 401)
            except Exception as error:  # the libraries raise whatever they like for what they refuse
                return type(error).__name__, 401

        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        running.append((server, thread))
        return f"127.0.0.1:{server.server_port}/hooks"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def send(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["send", *arguments])
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("sdk", SDKS, ids=[sdk.provider for sdk in SDKS])
def test_a_handler_on_the_official_library_accepts_every_sample_and_refuses_spoilt_ones(sdk, serve, send, monkeypatch):
    library = load(sdk.module)
    secret = [sdk.secret]
    if sdk.secret:
        monkeypatch.setenv(f"HOOKSCOPE_SECRET_{sdk.provider.upper()}", sdk.secret)
    else:
        _, _, err = send(sdk.provider, "ping", "--to", "1", "--timeout", "1s")
        secret[0] = err.partition(" shows it: ")[2].partition("\n")[0]
    to = serve(lambda: sdk.verify(library, secret[0]))
    for sample in load_samples(sdk.provider):
        code, out, err = send(sdk.provider, sample.event, "--to", to)
        assert code == 0, (sample.event, out, err)
    event = load_samples(sdk.provider)[0].event
    assert send(sdk.provider, event, "--to", to, "--tamper")[0] == 1
    assert send(sdk.provider, event, "--to", to, "--unsigned")[0] == 1
    assert send(sdk.provider, event, "--to", to, "--count", "3", "--duplicate")[0] == 0
    if sdk.stale:
        assert send(sdk.provider, event, "--to", to, "--stale")[0] == 1


OCTOKIT = """
import { verify } from "@octokit/webhooks-methods";
import { readFileSync } from "node:fs";
const [secret, signature] = process.argv.slice(1);
process.exit((await verify(secret, readFileSync(0, "utf8"), signature)) ? 0 : 1);
"""


def octokit(directory: Path, *arguments: str, body: bytes = b"") -> int:
    command = ["node", "--input-type=module", "-e", OCTOKIT, *arguments]
    return subprocess.run(command, input=body, cwd=directory, capture_output=True).returncode


def test_a_handler_on_octokit_accepts_every_sample_of_github(serve, send, monkeypatch):
    directory = node_directory("@octokit/webhooks-methods@6")
    monkeypatch.setenv("HOOKSCOPE_SECRET_GITHUB", "mysecret")
    to = serve(
        lambda: (
            octokit(directory, "mysecret", request.headers.get("X-Hub-Signature-256", "none"), body=request.get_data())
            == 0
        )
    )
    for event in ("push", "pull_request.opened", "issues.opened", "installation.created", "ping"):
        assert send("github", event, "--to", to)[0] == 0, event
    assert send("github", "push", "--to", to, "--tamper")[0] == 1

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from factories import make_delivery
from hookscope.commands import verify
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import sign
from vectors.reading import load_vectors, parameters, to_delivery

NOW = 1_790_000_000.0
VECTORS = load_vectors()


def notion(tmp_path, secret: bytes = b"secret_x", **changes) -> None:
    provider = load_providers().demand("notion")
    delivery = sign(make_delivery(headers=()), provider, Secret("notion", "", "secret_x"), NOW)
    delivery = replace(delivery, **changes)
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=delivery)))
    (tmp_path / "s").write_bytes(secret)


# Every third is among the tests, all are in `make matrix`; that each verifies is signatures/test_verification.py's.
ASKED = list(VECTORS)[:: 1 if os.environ.get("HOOKSCOPE_MATRIX") == "whole" else 3]


@pytest.mark.parametrize("name", ASKED)
def test_the_contract_for_scripts_holds_for_every_vector(run, tmp_path, name):
    vector = VECTORS[name]
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=to_delivery(vector))))
    (tmp_path / "s").write_text(vector["secret"])
    extra = [text for key, value in parameters(vector).items() for text in ("--param", f"{key}={value}")]
    if "now" in vector:
        extra += ["--now", str(vector["now"])]
    asked = vector.get("scheme", vector["provider"])
    code, out, _ = run("c.json", "--provider", asked, "--secret-file", "s", *extra, "--json")
    verdict = json.loads(out)
    assert {"verdict", "reason", "scheme", "mistakes"} <= set(verdict)
    assert (code, verdict["verdict"] == "verified") == ((0, True) if vector["expected"] == "valid" else (1, False))
    for mistake in verdict["mistakes"]:
        assert set(mistake) == {"id", "confidence", "detail", "fix"}


def test_without_now_the_clock_is_the_time_of_arrival(run, tmp_path):
    provider = load_providers().demand("slack")
    delivery = sign(make_delivery(headers=()), provider, Secret("slack", "", "s"), NOW)
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=delivery)))
    (tmp_path / "s").write_text("s")
    assert run("c.json", "--provider", "slack", "--secret-file", "s")[0] == 0
    assert run("c.json", "--provider", "slack", "--secret-file", "s", "--now", str(NOW + 301))[0] == 1


@pytest.mark.parametrize(
    ("content", "code", "mistake"),
    [
        (b"secret_x", 0, ""),
        (b"secret_x\n", 0, ""),
        (b"secret_x\n\n", 1, "secret-whitespace"),
        (b"secret_x\r\n", 1, "secret-whitespace"),
        (b" secret_x", 1, "secret-whitespace"),
        (b'"secret_x"\n', 1, "secret-quoted"),
    ],
)
def test_one_final_newline_of_a_secrets_file_is_the_editors(run, tmp_path, content, code, mistake):
    notion(tmp_path, content)
    result, out, _ = run("c.json", "--provider", "notion", "--secret-file", "s", "--json")
    assert result == code
    assert [found["id"] for found in json.loads(out)["mistakes"]] == ([mistake] if mistake else [])


def test_paypal_without_its_webhook_id_says_what_is_missing(run, tmp_path):
    vector = VECTORS["paypal-1"]
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=to_delivery(vector))))
    (tmp_path / "s").write_text(vector["secret"])
    code, out, _ = run("c.json", "--provider", "paypal", "--secret-file", "s", "--json")
    verdict = json.loads(out)
    assert (code, verdict["verdict"], verdict["reason"]) == (1, "rejected", "parameter-missing")


def test_unsigned_and_no_secret_are_verdicts_of_their_own(run, tmp_path):
    notion(tmp_path)
    assert json.loads(run("c.json", "--provider", "notion", "--json")[1])["verdict"] == "no-secret"
    notion(tmp_path, headers=())
    code, out, _ = run("c.json", "--provider", "notion", "--secret-file", "s", "--json")
    assert (code, json.loads(out)["verdict"]) == (1, "unsigned")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no delivery is given"),
        (("nowhere.json",), "nowhere.json cannot be read"),
        (("c.json", "--provider", "notoin", "--secret-file", "s"), "did you mean notion"),
        (("c.json", "--provider", "notion", "--secret-file", "nowhere"), "nowhere cannot be read"),
        (("c.json", "--provider", "notion", "--secret-file", "empty"), "empty is empty"),
        (("c.json", "--provider", "notion", "--secret-file", "s", "--param", "x"), "NAME=VALUE"),
        (("c.json", "--provider", "notion", "--secret-file", "s", "--now", "soon"), "soon"),
        (("c.json", "--body", "s"), "both FILE and --body"),
        (("s", "--provider", "notion"), "neither a capture file nor a raw HTTP request"),
        (("--body", "s", "--header", "oops", "--provider", "notion"), "--header"),
        (("--body", "s"), "not recognised"),
    ],
)
def test_bad_input_exits_2_with_one_sentence(run, tmp_path, arguments, words):
    notion(tmp_path)
    (tmp_path / "empty").write_text("\n")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_raw_request_from_standard_input_is_recognised_and_judged(run, tmp_path):
    vector = VECTORS["slack-1"]
    delivery = to_delivery(vector)
    lines = [f"{name}: {value}" for name, value in delivery.headers]
    raw = "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode() + delivery.body
    (tmp_path / "s").write_text(vector["secret"])
    code, out, _ = run("-", "--secret-file", "s", "--now", str(vector["now"]), stdin=raw)
    assert code == 0
    assert out.startswith("verified (Slack")


def test_a_body_and_headers_are_enough(run, tmp_path):
    (tmp_path / "b").write_bytes(b"Hello, World!")
    (tmp_path / "s").write_text("It's a Secret to Everybody")
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    arguments = ("--body", "b", "--header", f"X-Hub-Signature-256: {signature}", "--provider", "github")
    assert run(*arguments, "--secret-file", "s")[0] == 0


def test_configured_secrets_verify_and_explain(run, tmp_path, monkeypatch):
    notion(tmp_path)
    monkeypatch.setenv("HOOKSCOPE_SECRET_NOTION", "secret_x")
    assert run("c.json", "--provider", "notion")[0] == 0
    (tmp_path / "s").write_text("secret_of_another_subscription")
    _, out, _ = run("c.json", "--provider", "notion", "--secret-file", "s", "--json")
    mistakes = json.loads(out)["mistakes"]
    assert [found["id"] for found in mistakes] == ["secret-of-other"]
    assert "secret_x" not in out


def test_a_person_reads_the_mistake_and_the_fix(run, tmp_path):
    notion(tmp_path, b"secret_x ")
    code, out, _ = run("c.json", "--provider", "notion", "--secret-file", "s")
    assert code == 1
    assert "rejected: the signature is of other bytes or another secret (Notion)" in out
    assert "the secret has white space around it" in out
    assert "[secret-whitespace]" in out
    assert "Trim the secret" in out


def test_what_a_sender_wrote_cannot_drive_the_terminal(run, tmp_path):
    notion(tmp_path, headers=(("X-Notion-Signature", "\x1b]0;x\x07=" + "0" * 64), ("X-\x1b[31m-Signature", "y")))
    _, out, _ = run("c.json", "--provider", "notion", "--secret-file", "s")
    assert "\x1b" not in out


def test_a_users_provider_of_the_project_file_can_be_asked_for(run, tmp_path):
    (tmp_path / "hookscope.toml").write_text(
        '[providers.acme]\n[[providers.acme.scheme]]\nkind = "hmac"\nheader = "X-Hub-Signature-256"\nprefix = "sha256="\n'
    )
    vector = VECTORS["github-6"]
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=to_delivery(vector))))
    (tmp_path / "s").write_text(vector["secret"])
    assert run("c.json", "--provider", "acme", "--secret-file", "s")[0] == 0
    (tmp_path / "hookscope.toml").write_text('[providers.acme]\nscheme = [{ kind = "x", header = "Y" }]\n')
    code, _, err = run("c.json", "--provider", "acme", "--secret-file", "s")
    assert code == 2
    assert "hookscope.toml, providers.acme: scheme[0].kind" in err


def test_a_long_search_says_so_once(monkeypatch, run, tmp_path):
    notion(tmp_path, b"quite another secret", body=b'{"a":1}')
    monkeypatch.setattr(verify, "PROGRESS_AFTER_S", -1)
    _, _, err = run("c.json", "--provider", "notion", "--secret-file", "s")
    assert err.count("looking for the mistake") == 1

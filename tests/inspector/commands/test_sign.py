from __future__ import annotations

import json

import pytest

from factories import make_delivery
from hookscope import cli
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps

NOW = 1_790_000_000


@pytest.fixture
def run(monkeypatch, tmp_path, capsysbinary):
    """Runs a command; gives the exit code, standard output and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.json").write_text(dumps(Capture(delivery=make_delivery(headers=(("Host", "x"),)))))
    (tmp_path / "s").write_text("some secret\n")

    def call(*arguments: str) -> tuple[int, bytes, str]:
        code = cli.main(arguments)
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return call


def test_a_signed_capture_verifies(run, tmp_path):
    code, out, _ = run("sign", "c.json", "--provider", "slack", "--secret-file", "s", "--now", str(NOW))
    assert code == 0
    (tmp_path / "signed.json").write_bytes(out)
    assert json.loads(out)["provider"] == "slack"
    assert run("verify", "signed.json", "--secret-file", "s", "--now", str(NOW))[0] == 0


def test_a_raw_request_verifies_too(run, tmp_path):
    code, out, _ = run("sign", "c.json", "--provider", "github", "--secret-file", "s", "--raw")
    assert code == 0
    assert out.startswith(b"POST /webhooks/notion HTTP/1.1\r\nHost: x\r\n")
    (tmp_path / "r.http").write_bytes(out)
    assert run("verify", "r.http", "--provider", "github", "--secret-file", "s")[0] == 0


def test_a_public_key_scheme_signs_with_a_local_test_key(run, tmp_path):
    code, out, _ = run("sign", "c.json", "--provider", "discord", "--make-key", "k")
    assert code == 0
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    (tmp_path / "signed.json").write_bytes(out)
    assert run("verify", "signed.json", "--provider", "discord", "--secret-file", "k.pub")[0] == 0
    assert run("sign", "c.json", "--provider", "discord", "--make-key", "k")[0] == 8
    assert run("sign", "c.json", "--provider", "discord", "--secret-file", "k")[0] == 0


def test_a_scheme_may_be_chosen(run):
    arguments = ("sign", "c.json", "--provider", "github", "--secret-file", "s", "--scheme")
    _, out, _ = run(*arguments, "github-sha1")
    assert [name for name, _ in json.loads(out)["delivery"]["headers"] if "Hub" in name] == ["X-Hub-Signature"]
    code, _, err = run(*arguments, "nonsense")
    assert code == 2
    assert "github, github-sha1" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--provider", "github"), "no secret of GitHub"),
        (("--provider", "zapier", "--secret-file", "s"), "signs nothing"),
        (("--provider", "github", "--make-key", "k"), "shared secret"),
        (("--provider", "paypal", "--make-key", "k"), "webhook_id"),
    ],
)
def test_what_cannot_be_signed_exits_2(run, arguments, words):
    code, out, err = run("sign", "c.json", *arguments)
    assert (code, out) == (2, b"")
    assert words in err

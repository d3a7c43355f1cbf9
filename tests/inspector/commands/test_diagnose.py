from __future__ import annotations

import json
from pathlib import Path

import pytest

from factories import NOW, Run, make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.capture_file import dumps
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import sign
from hookscope_relay.delivery import Answer

KEYS = ["code", "severity", "cause", "layer", "product", "confidence", "alternatives", "title", "evidence", "hint"]


def write(path: Path, status: int, said: bytes = b"", **changes: object) -> str:
    answer = Answer(status=status, headers=(("Content-Type", "text/plain"),), body=said)
    attempt = Attempt(number=1, origin="live", handler_url="http://127.0.0.1:3000/hook", started_at=NOW, answer=answer)
    path.write_text(dumps(Capture(delivery=make_delivery(**changes), attempts=(attempt,))))
    return str(path)


def test_one_json_object_a_line_best_first(run: Run, tmp_path: Path) -> None:
    names = [write(tmp_path / "a.json", 419), write(tmp_path / "b.json", 200, b"ok")]
    code, out, err = run(*names, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [line["file"] for line in lines] == names
    assert [line["findings"][0]["cause"] for line in lines] == ["csrf", "ok"]
    for line in lines:
        for finding in line["findings"]:
            assert list(finding) == KEYS
            assert finding["evidence"]


def test_the_text_names_layer_evidence_and_hint(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(write(tmp_path / "a.json", 419))
    assert code == 0
    assert "csrf.refused" in out
    assert "Your framework's CSRF protection" in out
    assert "answer.status" in out
    assert "→ " in out


@pytest.mark.parametrize(
    ("threshold", "status", "code"),
    [("error", 419, 1), ("warning", 419, 1), ("error", 200, 0), ("warning", 200, 0), (None, 419, 0)],
)
def test_fail_on_decides_the_exit_code(run: Run, tmp_path: Path, threshold: str | None, status: int, code: int) -> None:
    options = ["--fail-on", threshold] if threshold else []
    assert run(write(tmp_path / "a.json", status), *options)[0] == code


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not JSON"),
        (b"{}", "is not a capture file"),
        (b'{"format":"hookscope/9"}', "newer"),
        (b'{"format":"hookscope/1","delivery":[]}', "delivery must be"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_bad_file_gives_one_sentence_and_the_others_are_diagnosed(
    run: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    code, out, err = run("bad.json", write(tmp_path / "a.json", 200), "--json", "--fail-on", "error")
    assert code == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(tmp_path / "a.json")]
    assert words in err
    assert err.count("\n") == 1


def test_a_missing_file_and_a_folder_are_told(run: Run, tmp_path: Path) -> None:
    code, out, err = run("none.json", str(tmp_path))
    assert (code, out, err.count("\n")) == (2, "", 2)


def test_an_absent_provider_may_be_null(run: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a.json", 200)
    data = json.loads((tmp_path / "a.json").read_text()) | {"provider": None}
    (tmp_path / "a.json").write_text(json.dumps(data))
    assert run(name)[0] == 0


def test_rules_are_silenced_by_option_and_by_project(run: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a.json", 419)
    assert "csrf.refused" not in run(name, "--silence", "csrf.refused")[1]
    (tmp_path / "hookscope.toml").write_text('[diagnosis]\nsilence = ["csrf.*"]\n')
    assert "csrf.refused" not in run(name)[1]


@pytest.mark.parametrize(
    ("silence", "words"),
    [('["csrf.refuse"]', "did you mean csrf.refused?"), ('"csrf"', "must be a list"), ("[1]", "must be a list")],
)
def test_a_misspelt_code_is_refused(run: Run, tmp_path: Path, silence: str, words: str) -> None:
    (tmp_path / "hookscope.toml").write_text(f"[diagnosis]\nsilence = {silence}\n")
    code, _, err = run(write(tmp_path / "a.json", 200))
    assert (code, words in err) == (2, True)


def test_a_secret_gives_a_verdict(run: Run, tmp_path: Path) -> None:
    provider = load_providers().demand("notion")
    assert provider is not None
    signed = sign(make_delivery(headers=()), provider, Secret("notion", "", "secret_x"), NOW)
    name = write(tmp_path / "a.json", 401, b"Invalid signature", headers=signed.headers, body=signed.body)
    (tmp_path / "right").write_text("secret_x\n")
    (tmp_path / "wrong").write_text("secret_y\n")
    causes = {}
    for secret in ("right", "wrong"):
        out = run(name, "--json", "--secret-file", secret)[1]
        causes[secret] = json.loads(out)["findings"][0]["cause"]
    assert causes == {"right": "handler-check-disagrees", "wrong": "signature-mismatch"}
    assert json.loads(run(name, "--json")[1])["findings"][0]["cause"] == "signature-rejected"


def test_what_a_sender_wrote_does_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a.json", 404, b"\x1b]0;owned\x07 nope", target="/\x1b[2J")
    assert "\x1b" not in run(name)[1]


def test_a_capture_without_an_attempt_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(dumps(Capture(delivery=make_delivery(body=b"", headers=()))))
    assert "no attempt" in run("a.json")[1]


def test_three_hundred_files_take_no_time_each_that_a_person_would_notice(run: Run, tmp_path: Path) -> None:
    import time

    name = write(tmp_path / "a.json", 404, b"<pre>Cannot POST /hook</pre>" * 50)
    started = time.perf_counter()
    code, out, _ = run(*[name] * 300, "--json")
    assert (code, len(out.splitlines())) == (0, 300)
    # Far above what it takes, since the machine may be busy: a file is not to cost more with each one before it.
    assert time.perf_counter() - started < 10

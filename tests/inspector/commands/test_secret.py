from __future__ import annotations

import json

import pytest

from hookscope.model.secret import Secret


def test_a_secret_is_kept_listed_and_forgotten_without_being_shown(run):
    code, out, err = run("set", "notion", stdin=b"secret_abc\n")
    shown = out + err
    assert code == 0
    listed = run("list")[1]
    assert Secret("notion", "", "secret_abc").fingerprint in listed
    assert "secret_abc" not in shown + listed
    assert run("forget", "notion")[0] == 0
    assert run("list")[1] == ""


def test_a_first_secret_is_not_replaced_silently(run):
    run("set", "notion", stdin=b"one")
    code, _, err = run("set", "notion", stdin=b"two")
    assert code == 2
    assert "--replace" in err
    assert run("set", "notion", "--replace", stdin=b"two")[0] == 0
    assert run("set", "notion", "--name", "staging", stdin=b"three")[0] == 0
    rows = [json.loads(line) for line in run("list", "notion", "--json")[1].splitlines()]
    assert [row["name"] for row in rows] == ["default", "staging"]


def test_a_secret_comes_from_a_file_or_a_hidden_prompt(run, tmp_path, monkeypatch):
    (tmp_path / "s").write_bytes(b"from file\n")
    assert run("set", "slack", "--from-file", "s")[0] == 0
    assert Secret("slack", "", "from file").fingerprint in run("list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set",), "no provider is given"),
        (("set", "notoin"), "did you mean notion"),
        (("set", "notion"), "the secret is empty"),
        (("forget", "notion"), "no secret 'default'"),
        (("steal", "notion"), "steal"),
    ],
)
def test_bad_input_exits_2(run, arguments, words):
    code, _, err = run(*arguments)
    assert code == 2
    assert words in err

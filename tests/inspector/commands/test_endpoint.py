from __future__ import annotations

import json
from pathlib import Path

import pytest

from factories import Run


def test_an_exported_key_is_the_same_endpoint_where_it_is_imported(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = json.loads(run("make", "shop", "--json")[1])
    assert list(made) == ["name", "id", "url"]
    assert json.loads(run("show", "shop", "--json")[1]) == made
    code, key, warning = run("export", "shop")
    assert (code, "whoever has this key" in warning) == (0, True)
    (tmp_path / "shop.key").write_text(key)
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "elsewhere"))
    assert run("import", "other", "--file", "shop.key")[0] == 0
    assert json.loads(run("show", "other", "--json")[1])["id"] == made["id"]
    assert run("export", "other")[1] == key


def test_list_names_every_endpoint_in_order(run: Run) -> None:
    assert run() == (0, "", "")
    for name in ("b", "a"):
        run("make", name)
    assert [json.loads(line)["name"] for line in run("list", "--json")[1].splitlines()] == ["a", "b"]
    assert [line.partition(" ")[0] for line in run()[1].splitlines()] == ["a", "b"]


def test_the_url_is_told_where_the_relay_is_known(run: Run) -> None:
    made = json.loads(run("make", "--json", "--relay", "https://relay.example/")[1])
    assert (made["name"], made["url"]) == ("default", f"https://relay.example/{made['id']}")


@pytest.mark.parametrize("action", ["make", "import"])
def test_a_key_is_never_overwritten(run: Run, tmp_path: Path, action: str) -> None:
    run("make", "shop")
    before = run("export", "shop")[1]
    (tmp_path / "key").write_text(before)
    code, out, err = run(action, "shop", *(["--file", "key"] if action == "import" else []))
    assert (code, out, err.count("\n")) == (7, "", 1)
    assert run("export", "shop")[1] == before


@pytest.mark.parametrize("text", ["", "nonsense\n", "{}", '{"format":"hookscope-key/9"}', "\x00" * 100])
def test_a_damaged_key_is_not_imported(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad").write_text(text)
    code, out, err = run("import", "shop", "--file", "bad")
    assert (code, out, err.count("\n")) == (9, "", 1)
    assert run("list")[1] == ""


@pytest.mark.parametrize(
    "words",
    [
        ["show", "none"],
        ["export", "none"],
        ["export"],
        ["make", "../up"],
        ["burn"],
        ["import", "x", "--file", "absent"],
    ],
)
def test_what_does_not_exist_is_bad_input(run: Run, words: list[str]) -> None:
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_rotating_keeps_the_url_and_a_teammate_can_follow(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = json.loads(run("make", "shop", "--json")[1])
    (tmp_path / "first.key").write_text(run("export", "shop")[1])
    code, out, notice = run("rotate", "shop", "--json")
    assert (code, json.loads(out)["id"]) == (0, made["id"])
    assert "older key is refused once" in notice
    rotated = run("export", "shop")[1]
    assert [len(rotated.splitlines()), rotated.splitlines()[1]] == [2, (tmp_path / "first.key").read_text().strip()]
    (tmp_path / "second.key").write_text(rotated)
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "teammate"))
    for name in ("first", "second"):
        assert run("import", "shop", "--file", f"{name}.key")[0] == 0
    assert run("export", "shop")[1] == rotated
    assert run("import", "shop", "--file", "first.key")[0] == 7
    assert json.loads(run("show", "shop", "--json")[1])["id"] == made["id"]


def test_what_is_not_there_is_not_rotated(run: Run) -> None:
    code, out, err = run("rotate", "none")
    assert (code, out, err.count("\n")) == (2, "", 1)

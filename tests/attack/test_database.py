"""A database that somebody else wrote in: every column holds what it never should, and no command ends as a bug of ours,
or hands a control byte to a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from hookscope import cli

WHOLE = os.environ.get("HOOKSCOPE_ATTACK") == "whole"
VALUES = (b"\xff\xfe", "\x1b[31m]", '{"a":1}', 1e300, -1, 2**62, None)
IN_QUICK = VALUES[:3]
COMMANDS = (["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"], ["report", "1"], ["save", "1", "fx"])
SOUND = {
    "id": "01m7yhs62hdaw8ht1r0j6mk5vq",
    "received_at": "2026-11-21T01:02:03Z",
    "scheme": "https",
    "method": "POST",
    "target": "/x",
    "http_version": "1.1",
    "headers": [["Content-Type", "application/json"], ["X-GitHub-Event", "push"]],
    "body": {"text": "{}"},
}
ATTEMPT = {
    "number": 1,
    "origin": "live",
    "handler_url": "http://127.0.0.1:9/x",
    "started_at": "2026-11-21T01:02:03Z",
    "elapsed_ms": 1,
    "answer": {"status": 500, "reason": "x", "headers": [], "body": {"text": ""}},
}
COLUMNS = {
    "captures": (
        *("id", "received_at", "method", "target", "provider", "event_type", "status", "failure", "elapsed_ms"),
        *("attempts", "verdict", "cause", "severity", "title", "origin", "answered_by"),
    ),
    "heads": ("scheme", "http_version", "remote", "url", "headers"),
    "attempts": ("origin", "handler_url", "started_at", "elapsed_ms", "status", "reason", "headers", "answered_by"),
    "findings": ("code", "cause", "content"),
    "diagnoses": ("verdict",),
    "bodies": ("data",),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sound")
    (home / "a.json").write_text(
        json.dumps({"format": "hookscope/1", "delivery": SOUND, "attempts": [ATTEMPT], "redacted": []})
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOKSCOPE_HOME", str(home))
        assert cli.main(["import", str(home / "a.json")]) == 0
    return home / "captures.db"


@pytest.mark.parametrize("table", COLUMNS)
def test_no_value_in_any_column_is_a_bug_of_ours(
    table: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for column in COLUMNS[table]:
        for value in VALUES if WHOLE else IN_QUICK:
            shutil.copy(sound, tmp_path / "captures.db")
            try:
                database = sqlite3.connect(tmp_path / "captures.db")
                with database:
                    database.execute(f"UPDATE {table} SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                continue
            finally:
                database.close()
            for words in COMMANDS:
                code = cli.main(words)
                said = "".join(capsys.readouterr())
                assert code != 3, (table, column, value, words, said)
                assert not [letter for letter in said if letter < " " and letter not in "\n\t"], (column, value, words)

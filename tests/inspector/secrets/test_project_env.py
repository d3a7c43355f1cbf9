from __future__ import annotations

from pathlib import Path

from hookscope.model.secret import Secret
from hookscope.secrets.project_env import read_project_env

KEPT = Secret("notion", "default", "secret_kept")


def test_the_providers_variables_and_the_kept_value_are_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("NOTION_TOKEN=other\nNOTION_PAGE=x\nHOOK=secret_kept\nSTRIPE_SECRET=y\nNOTION_KEY=\n")
    found = read_project_env("notion", KEPT, {}, file)
    assert [(secret.name, secret.value) for secret in found] == [("NOTION_TOKEN", b"other"), ("HOOK", b"secret_kept")]


def test_what_cannot_be_read_names_none(tmp_path: Path) -> None:
    assert read_project_env("notion", KEPT, {}, tmp_path / "absent") == ()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert read_project_env("notion", KEPT, {}, tmp_path / "bytes") == ()
    assert read_project_env("notion", KEPT, {}, tmp_path) == ()

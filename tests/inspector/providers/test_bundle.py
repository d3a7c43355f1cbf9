from __future__ import annotations

import pytest

from hookscope.providers import bundle
from hookscope.providers.bundle import COMPILED, compile_tables, load_tables, read_tables
from hookscope_relay.errors import InputError


def test_the_compiled_file_is_made_from_the_toml_files():
    assert load_tables() == read_tables(COMPILED.parent), "run `python -m hookscope.providers.bundle`"


def test_a_tree_that_was_never_built_reads_the_toml_files(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "COMPILED", tmp_path / "compiled.json")
    (tmp_path / "acme.toml").write_text('name = "acme"\n[[scheme]]\nkind = "hmac"\nheader = "X"\n')
    built = load_tables()
    assert list(built) == ["acme"]
    bundle.COMPILED.write_bytes(compile_tables(tmp_path))
    assert load_tables() == built


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "acme.toml").write_text("name = ")
    with pytest.raises(InputError, match=r"acme\.toml is not valid TOML"):
        read_tables(tmp_path)
    (tmp_path / "acme.toml").write_text('name = "other"\n[[scheme]]\nkind = "hmac"\nheader = "X"\n')
    with pytest.raises(InputError, match=r"acme\.toml: name must be 'acme'"):
        read_tables(tmp_path)

from __future__ import annotations

import pytest

from hookscope.providers.bundle import compile_tables, read_tables
from hookscope.providers.registry import COMPILED
from hookscope_relay.errors import InputError


def test_the_compiled_file_is_made_from_the_toml_files():
    made = compile_tables(COMPILED.parent)
    assert made == COMPILED.read_bytes(), "run `python -m hookscope.providers.bundle`"


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "acme.toml").write_text("name = ")
    with pytest.raises(InputError, match=r"acme\.toml is not valid TOML"):
        read_tables(tmp_path)
    (tmp_path / "acme.toml").write_text('name = "other"\n[[scheme]]\nkind = "hmac"\nheader = "X"\n')
    with pytest.raises(InputError, match=r"acme\.toml: name must be 'acme'"):
        read_tables(tmp_path)

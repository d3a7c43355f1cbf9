from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.providers.keys import SCHEME_KEYS
from hookscope.providers.registry import load_providers
from hookscope.signatures.mistakes.fixes import FIXES
from hookscope.signatures.verification import REASONS

PAGE = (Path(__file__).parents[4] / "docs" / "signatures.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*FIXES, *REASONS, *SCHEME_KEYS, *load_providers().names])
def test_the_page_tells_every_mistake_reason_key_and_provider(word):
    assert f"`{word}`" in PAGE


def test_a_fix_is_one_sentence():
    for fix in FIXES.values():
        assert fix[0].isupper()
        assert fix.endswith(".")

from __future__ import annotations

from hookscope.tui.presentation.markup import colouring_of


def test_tags_and_values_have_roles_and_no_character_is_lost() -> None:
    spans = colouring_of("xml")('<a href="x">text</a>')
    assert "".join(text for text, _ in spans) == '<a href="x">text</a>'
    assert {role for _, role in spans} >= {"key", "accent", "string"}


def test_what_is_no_markup_is_plain() -> None:
    assert "".join(text for text, _ in colouring_of("html")("a < b")) == "a < b"

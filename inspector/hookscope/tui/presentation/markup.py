"""Colours for a line of XML or HTML, by Pygments; loaded when the first such body is opened."""

from __future__ import annotations

from functools import lru_cache

from hookscope.tui.canvas.line import Role, Span
from hookscope.tui.canvas.text_block import Colouring

# The first of these that a token's type begins with decides.
TOKEN_ROLES: tuple[tuple[str, Role], ...] = (
    ("Token.Name.Tag", "key"),
    ("Token.Name.Attribute", "accent"),
    ("Token.Name", ""),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Keyword", "literal"),
    ("Token.Comment", "dim"),
    ("Token.Punctuation", "dim"),
)


@lru_cache(maxsize=4)
def colouring_of(language: str) -> Colouring:
    """What gives spans to a line of that language; each line is looked at by itself,
    so a tag over two lines is plain text."""
    # Pygments takes 30 ms to load, and most bodies are JSON.
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # it has no stubs

    lexer = get_lexer_by_name(language, ensurenl=False, stripnl=False)

    @lru_cache(maxsize=512)
    def colour(text: str) -> tuple[Span, ...]:
        return tuple((part, _role(str(kind))) for kind, part in lexer.get_tokens(text))

    return colour


def _role(kind: str) -> Role:
    return next((role for prefix, role in TOKEN_ROLES if kind.startswith(prefix)), "")

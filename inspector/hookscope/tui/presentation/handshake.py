"""A provider's verification token, shown large, with what to do with it."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.model.events import HandshakeSeen
from hookscope.providers.registry import load_providers
from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said, wrap

INSTRUCTIONS = {"notion": "In Notion, open the subscription and paste this under Verify."}
ANY = "Paste this under Verify at the provider."


def provider_name(provider: str) -> str:
    """How the provider writes itself."""
    known = load_providers().get(provider)
    return known.title if known is not None else said(provider, 40).capitalize()


def handshake_document(seen: HandshakeSeen, width: int) -> Document:
    """The token between two rules, and the question whether to keep it."""
    name = provider_name(seen.provider)
    token = said(seen.token, 500)
    rule = "━" * min(max(len(token) + 4, 20), width)
    return prose(
        line((f"{name} sent its verification token", "title"), (f"  with delivery #{seen.number}", "dim")),
        Line(),
        line((rule, "accent")),
        *(line("  ", *row.spans) for row in wrap(line((token, "strong"), hard=True), width - 4)),
        line((rule, "accent")),
        Line(),
        line(said(seen.instruction, 300) or INSTRUCTIONS.get(seen.provider, ANY)),
        line("Give it to your handler too: deliveries are signed with it."),
        line(("c", "mark"), (" copies it", "dim")),
        Line(),
        *_question(seen, name),
    )


def _question(seen: HandshakeSeen, name: str) -> Iterator[Line]:
    match seen.kept:
        case "kept":
            yield line(("✓ ", "ok"), f"It is kept as {name}'s signing secret.")
            yield line(("Enter", "mark"), " closes")
        case "candidate":
            yield line(
                ("! ", "warn"),
                f"{name} has a signing secret already, so this one stands beside it and replaces nothing.",
                indent=2,
            )
            yield line(
                "  ",
                (
                    (
                        "Anyone who knows the URL can send such a token. If you did not just make a subscription,"
                        " ignore it."
                    ),
                    "dim",
                ),
                indent=2,
            )
            yield line(("K", "mark"), " keep it as a candidate    ", ("n", "mark"), " ignore it")
        case _:
            yield line(f"Keep it as {name}'s signing secret, to verify what comes from now on?", indent=2)
            yield line(("K", "mark"), " keep it    ", ("n", "mark"), " do not")

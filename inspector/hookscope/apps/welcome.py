"""What a session says of itself as it begins and when it is over, beside its address and its handler."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hookscope.model.secret import Secret
from hookscope.session.plan import Plan
from hookscope.text.safe import safe_text

SHOWN = 6

Row = tuple[str, str]


def welcome(plan: Plan) -> tuple[Row, ...]:
    """Where captures are kept, which signing secrets are known, and how to stop."""
    return (
        ("Captures", f"{at_home(plan.places.captures)}: `hookscope list` shows them"),
        ("Secrets", secrets_in_words(plan.load_secrets())),
        ("Stop", "Ctrl-C; every capture is kept"),
    )


def farewell(captured: int, captures: Path) -> str:
    """What is left of a session that is over, and how to see it again."""
    kept = f", kept in {at_home(captures)}: `hookscope list` shows them, `hookscope show last` the newest in full"
    return f"{captured} captured in this session" + (kept if captured else "")


def secrets_in_words(secrets: Sequence[Secret]) -> str:
    """Signing secrets by their fingerprints, or how to give one."""
    if not secrets:
        return "none is known, so no signature is checked: `hookscope secret set PROVIDER` keeps one"
    names = [
        f"{safe_text(one.provider) or 'any provider'}"
        + (f" {safe_text(one.name)}" if one.name != "default" else "")
        + f" ({one.fingerprint})"
        for one in secrets[:SHOWN]
    ]
    return ", ".join(names) + (f" and {len(secrets) - SHOWN} more" if len(secrets) > SHOWN else "")


def at_home(path: Path) -> str:
    """A path as its user writes it."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)

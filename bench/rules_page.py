"""Writes docs/rules.md from the registry of rules.

python bench/rules_page.py > docs/rules.md
"""

from __future__ import annotations

import sys

from hookscope.diagnosis.registry import CALL_RULES, FAMILIES, RULES


def render() -> str:
    """The page: every family, every rule with its documentation, causes and examples."""
    lines = [
        "# The rules of the diagnosis",
        "",
        f"{len(RULES) + len(CALL_RULES)} rules in {len(FAMILIES) + 1} families. `hookscope rules CODE` prints one of them; a code never changes its meaning.",
        "Silence one, or a whole family, in `hookscope.toml`:",
        "",
        "```toml",
        "[diagnosis]",
        'silence = ["payload.sparse", "order.*"]',
        "```",
    ]
    for family in FAMILIES:
        about = (family.__doc__ or "").strip().partition("\n")[0]
        lines += ["", f"## {family.RULES[0].family}", "", about]
        for rule in family.RULES:
            lines += ["", f"### {rule.code}", "", rule.documentation, ""]
            lines.append(
                f"Causes: {', '.join(f'`{cause}`' for cause in rule.causes)}. Seen as: {'; '.join(rule.examples)}."
            )
    lines += ["", "## api", "", "The handler's own calls to APIs, where `--api` lets them pass through hookscope."]
    for call_rule in CALL_RULES.values():
        lines += ["", f"### {call_rule.code}", "", call_rule.documentation, "", f"Cause: `{call_rule.cause}`."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())

"""What people type: for each command a few lines and what they are for, in the order of need."""

from __future__ import annotations

from collections.abc import Mapping

# What a newcomer does first, in this order.
FIRST: tuple[tuple[str, str], ...] = (
    ("hookscope demo", "see it at work with a handler that has real faults"),
    ("hookscope 3000", "receive deliveries, hand them to localhost:3000, and explain them (as hookscope listen 3000)"),
    ("hookscope show last", "the last delivery in full, what went wrong with it and who said so"),
    ("hookscope replay last", "hand it over again"),
    ("hookscope verify last", "why its signature does not verify"),
)
EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "demo": (("hookscope demo", "the whole tour, with nothing set up"),),
    "listen": (
        ("hookscope listen 3000", "try it on this machine, with a relay of its own"),
        ("hookscope listen 3000 --public", "a public address, by the first tunnel program that is installed"),
        ("hookscope listen 3000 --relay https://relay.example.org", "an address that stays the same"),
        ("hookscope listen", "capture only, without a handler"),
        ("hookscope listen 3000 --json", "feed a program"),
    ),
    "run": (("hookscope run -- flask run --port 3000", "start a handler with its calls to APIs seen"),),
    "routes": (("hookscope routes last", "which handlers a delivery would go to"),),
    "relay": (
        ("hookscope relay --public-url https://relay.example.org", "behind a proxy that ends TLS"),
        (
            "hookscope relay --bind 0.0.0.0 --public-url https://relay.example.org --tls-cert c.pem --tls-key k.pem",
            "with TLS of its own",
        ),
    ),
    "list": (
        ("hookscope list", "the newest fifty"),
        ("hookscope list is:failed since:1h", "the failures of the last hour"),
        ("hookscope list provider:notion type:page.*", "by sender and event"),
    ),
    "show": (("hookscope show last", "all of it"), ("hookscope show 12 --json", "as a capture file")),
    "wait": (("hookscope wait type:page.created status:2xx --timeout 60s", "in a script: 0 when it came, else 13"),),
    "diff": (("hookscope diff 12 15", "what differs between two"),),
    "report": (("hookscope report last", "a ticket in Markdown, redacted"),),
    "verify": (
        ("hookscope verify last", "the newest capture"),
        ("hookscope verify tests/fixtures/notion/page.created.json --provider notion", "a file"),
    ),
    "api": (
        ("hookscope api check notion", "does the API take the handler's token"),
        ("hookscope api enrich last", "fetch what the delivery only names"),
    ),
    "probe": (("hookscope probe last", "tell the causes of a failure apart"),),
    "bisect": (("hookscope bisect 12 15", "12 is accepted and 15 is not: what makes the difference"),),
    "diagnose": (("hookscope diagnose capture.json", "a recorded failure explained"),),
    "rules": (("hookscope rules csrf", "a family of rules"), ("hookscope rules csrf.refused", "one in full")),
    "replay": (
        ("hookscope replay last", "as it was, to the handler that had it"),
        ("hookscope replay last --to 3000 --resign", "elsewhere, with a fresh signature"),
        ("hookscope replay tests/fixtures --to 3000 --compare", "does the handler still answer as it did"),
    ),
    "send": (
        ("hookscope send notion page.created --to 3000/webhooks", "a signed sample"),
        ("hookscope send stripe --list", "which samples there are"),
    ),
    "check": (("hookscope check 3000/webhooks --provider notion", "put the handler through its provider's paces"),),
    "sign": (("hookscope sign last", "the headers of a fresh signature"),),
    "save": (("hookscope save last tests/fixtures", "a redacted fixture"),),
    "export": (("hookscope export last --as curl", "a line to paste"),),
    "import": (("hookscope import session.har", "what another tool recorded"),),
    "init": (
        ("hookscope init", "look at the project, ask a few questions, write hookscope.toml"),
        ("hookscope init --handler 8000 --provider stripe --yes", "ask nothing"),
    ),
    "config": (
        ("hookscope config", "what `hookscope listen` would take, and from where"),
        ("hookscope config -- listen 3000 --timeout 5s", "with flags of a line"),
    ),
    "doctor": (("hookscope doctor 3000", "is everything as it should be"),),
    "secret": (
        ("hookscope secret set notion", "asks for it, and keeps it"),
        ("hookscope secret list --dotenv .env", "fingerprints of all that are known"),
    ),
    "providers": (("hookscope providers", "all"), ("hookscope providers notion", "one in full")),
    "endpoint": (
        ("hookscope endpoint", "all"),
        ("hookscope endpoint export default", "take your URL to another machine"),
    ),
    "alert": (
        ("hookscope alert", "what there is in your config.toml"),
        ("hookscope alert test 'stripe fails'", "tell it once, as if it held"),
    ),
    "trust": (("hookscope trust", "see what the project's file wants, and allow it"),),
    "mcp": (
        ("hookscope mcp", "for an agent: look, diagnose, verify"),
        ("hookscope mcp --allow-replay", "it may send to handlers on this machine, too"),
    ),
    "completion": (("hookscope completion zsh", "the script for your shell"),),
}

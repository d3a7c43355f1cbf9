"""The part of a public URL's path that stays at the relay.

A handler sees the path without it, and so builds another URL than the one that was called.
"""

from __future__ import annotations

from hookscope_relay.delivery import Delivery


def cut_prefix(delivery: Delivery, target: str) -> str:
    """What stands before the path of `target`, which the handler is asked for, in the path that the sender called.

    Empty where nothing was taken off, where the URL is not known, or where the handler's path is another.
    """
    url, seen = delivery.url, target.partition("?")[0]
    begins = url.find("/", url.find("://") + 3) if url else -1
    called = url[begins:].partition("?")[0] if begins > 0 else ""
    if not seen or len(called) <= len(seen):
        return ""
    if called.endswith(seen):
        return called[: -len(seen)]
    # A public URL that ends with the endpoint itself reaches the handler as /.
    return called if seen == "/" and called.count("/") == 1 else ""


def seen_url(delivery: Delivery, target: str) -> str:
    """The URL that a handler builds from X-Forwarded-Proto, X-Forwarded-Host and its own path;
    empty where nothing was taken off."""
    prefix = cut_prefix(delivery, target)
    if not prefix:
        return ""
    scheme, _, rest = delivery.url.partition("://")
    query = target.partition("?")[2]
    path = target.partition("?")[0]
    return f"{scheme}://{rest.partition('/')[0]}{path}" + (f"?{query}" if query else "")

"""The forms of a URL that a provider itself tries; those that only a mistake makes are in `url_mistakes`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote

from hookscope_relay.hosts import split_url

DEFAULT_PORTS = {"https": 443, "http": 80}

# developers.hubspot.com, validating requests: these are decoded in the URI before it is signed; %3F, which begins a
# query, stays.
HUBSPOT_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
HUBSPOT = re.compile("|".join(HUBSPOT_DECODED), re.IGNORECASE)


def official_forms(url: str, forms: tuple[str, ...]) -> Iterator[str]:
    """The URL, and what the provider's own library would also accept for it."""
    yield url
    if "ports" in forms and (parts := split_url(url)) is not None:
        yield from _with_and_without_port(parts, url)
    if "hubspot" in forms:
        decoded = HUBSPOT.sub(lambda match: HUBSPOT_DECODED[match[0].upper()], url)
        if decoded != url:
            yield decoded
    if "decoded" in forms and "%" in url:
        yield unquote(url, errors="surrogateescape")


def is_host_of(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a URL is https, without a port or user, and of one of the hosts, in which `*` is one label."""
    parts = split_url(url)
    if parts is None or parts.scheme != "https":
        return False
    patterns = (re.escape(host).replace(r"\*", "[A-Za-z0-9-]+") for host in hosts)
    return any(re.fullmatch(pattern, parts.netloc, re.IGNORECASE) for pattern in patterns)


def _with_and_without_port(parts: SplitResult, url: str) -> Iterator[str]:
    if parts.port is not None:
        bare = parts.netloc.rpartition(":")[0]
        yield parts._replace(netloc=bare).geturl()
    elif parts.scheme in DEFAULT_PORTS:
        # Only the authority is changed: geturl() would drop an empty query.
        before, slashes, rest = url.partition("//")
        yield f"{before}{slashes}{parts.netloc}:{DEFAULT_PORTS[parts.scheme]}{rest[len(parts.netloc) :]}"

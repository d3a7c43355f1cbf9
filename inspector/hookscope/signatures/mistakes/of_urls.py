"""The other URLs and methods that may have been signed: before and after the tunnel, with and without port,
slash and query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode

from hookscope.providers.facts import MAX_FIELDS, Facts
from hookscope.signatures.mistakes.url_forms import credential_forms, escape_forms, prefix_forms
from hookscope.signatures.urls import DEFAULT_PORTS
from hookscope_relay.hosts import split_url

UrlMistake: TypeAlias = tuple[str, str, str]

METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD")
LOCAL_PORTS = (3000, 8000, 8080, 5000, 4000, 80, 443)
HOST_HEADERS = ("host", "x-forwarded-host", "x-original-host", "x-forwarded-server", "x-host")


def url_mistakes(url: str, facts: Facts) -> Iterator[UrlMistake]:
    """Other URLs as (mistake id, detail, URL), each once; the URL as captured and as its headers tell it included."""
    seen = {url}
    parts = split_url(url)
    for mistake, detail, other in _all(url, parts, facts):
        if other not in seen:
            seen.add(other)
            yield mistake, detail, other


def method_mistakes(method: str) -> Iterator[tuple[str, str, str]]:
    """Other methods, and the same in another case."""
    for other in (*METHODS, method.lower(), method.upper(), ""):
        if other != method:
            yield "method-changed", f"the method {other or '(none)'}", other


def _all(url: str, parts: SplitResult | None, facts: Facts) -> Iterator[UrlMistake]:
    if parts is None:
        yield from _rebuilt(url, facts)
        return
    for scheme in ("https", "http", "wss", "ws"):
        yield "url-scheme", f"the scheme {scheme}", scheme + url[len(parts.scheme) :]
    yield from _paths(url, parts)
    yield from prefix_forms(parts, facts)
    yield from credential_forms(url, parts, facts)
    yield from _queries(url, parts)
    yield from _ports(url, parts, facts)
    yield from _hosts(url, parts, facts)
    yield from _encodings(url, parts)
    yield from escape_forms(url, parts)
    yield from _rebuilt(url, facts)
    yield from _parts_alone(parts)


def _with_host(url: str, parts: SplitResult, host: str) -> str:
    before, slashes, rest = url.partition("//")
    return f"{before}{slashes}{host}{rest[len(parts.netloc) :]}"


def _paths(url: str, parts: SplitResult) -> Iterator[UrlMistake]:
    path = parts.path
    if path.endswith("/"):
        yield "url-trailing-slash", "without the slash at the end", parts._replace(path=path.rstrip("/")).geturl()
    else:
        yield "url-trailing-slash", "with a slash at the end", parts._replace(path=path + "/").geturl()
        yield "url-trailing-slash", "with a slash at the very end", url + "/"
    steps = path.split("/")
    for count in range(2, min(len(steps), 6) + 1):
        cut = "/" + "/".join(steps[count:])
        yield "url-path", f"the path {cut[:80]}", parts._replace(path=cut).geturl()
        if count < len(steps):
            kept = "/".join(steps[:-1]) or "/"
            yield "url-path", f"the path {kept[:80]}", parts._replace(path=kept).geturl()
    yield "url-path", "no path", parts._replace(path="").geturl()
    yield "url-path", "the path in lower case", parts._replace(path=path.lower()).geturl()
    yield "url-path", "double slashes made one", parts._replace(path=path.replace("//", "/")).geturl()


def _queries(url: str, parts: SplitResult) -> Iterator[UrlMistake]:
    bare = url.partition("#")[0]
    if bare != url:
        yield "url-query-dropped", "without the fragment", bare
    if not parts.query:
        yield "url-query-dropped", "with an empty query", bare + "?"
        return
    yield "url-query-dropped", "without the query", bare.partition("?")[0]
    fields = parts.query.split("&")
    for name, order in (
        ("sorted", sorted(fields)),
        ("reversed", fields[::-1]),
        ("sorted backwards", sorted(fields)[::-1]),
    ):
        yield "url-query-order", f"the query {name}", parts._replace(query="&".join(order)).geturl()
    if 2 < len(fields) <= 5:
        from itertools import permutations  # few URLs get here

        for fields_moved in permutations(fields):
            other = parts._replace(query="&".join(fields_moved)).geturl()
            yield "url-query-order", "the query in another order", other
    for index in range(min(len(fields), 20)):
        rest = "&".join(fields[:index] + fields[index + 1 :])
        name = fields[index].partition("=")[0][:40]
        yield "url-query-dropped", f"without {name} in the query", parts._replace(query=rest).geturl()


def _ports(url: str, parts: SplitResult, facts: Facts) -> Iterator[UrlMistake]:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if parts.port is not None:
        yield "url-port", "without the port", _with_host(url, parts, host)
    told = facts.header("x-forwarded-port")
    ports = [
        DEFAULT_PORTS.get(parts.scheme, 443),
        *([int(told)] if told.isdigit() and len(told) < 6 else []),
        *LOCAL_PORTS,
    ]
    for port in dict.fromkeys((*ports, 8443, 8888, 9000)):
        yield "url-port", f"the port {port}", _with_host(url, parts, f"{host}:{port}")


def _hosts(url: str, parts: SplitResult, facts: Facts) -> Iterator[UrlMistake]:
    told = [facts.header(name) for name in HOST_HEADERS]
    captured = split_url(facts.delivery.url)
    told += [captured.netloc] if captured is not None else []
    for host in dict.fromkeys(name for name in told if name):
        yield "url-host", f"the host {host[:80]}", _with_host(url, parts, host)
    yield "url-host", "the host in lower case", _with_host(url, parts, parts.netloc.lower())
    bare = parts.netloc.removeprefix("www.")
    if bare != parts.netloc or _is_of_a_domain(parts.hostname or ""):
        other = bare if bare != parts.netloc else f"www.{bare}"
        yield "url-host", "the host with or without www", _with_host(url, parts, other)
    for name in ("localhost", "127.0.0.1"):
        for port in ("", *(f":{number}" for number in LOCAL_PORTS)):
            for scheme in ("http", "https"):
                other = _with_host(url, parts, name + port)
                yield "url-host", f"the host {name}{port}", scheme + other[other.index("://") :]


def _is_of_a_domain(host: str) -> bool:
    """Whether a host can have one before it: an address and `localhost` cannot."""
    return "." in host and ":" not in host and not host.rpartition(".")[2].isdigit()


def _encodings(url: str, parts: SplitResult) -> Iterator[UrlMistake]:
    for name, other in (
        ("percent-decoded", unquote(url)),
        ("decoded as a form field", unquote(url.replace("+", " "))),
        ("percent-encoded", quote(url, safe="/:?#[]@!$&'()*+,;=%~-._")),
        ("percent-encoded once more", quote(url, safe="/:?#[]@!$&'()*+,;=~-._")),
        ("wholly percent-encoded", quote(url, safe="")),
        ("with + for %20", url.replace("%20", "+")),
        ("with %20 for +", url.replace("+", "%20")),
    ):
        yield "url-encoding", name, other
    yield "url-encoding", "escapes in lower case", _escapes(url, str.lower)
    yield "url-encoding", "escapes in upper case", _escapes(url, str.upper)
    yield "url-encoding", "the path percent-decoded", parts._replace(path=unquote(parts.path)).geturl()
    try:
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return
    if fields:
        yield "url-encoding", "the query parsed and written again", parts._replace(query=urlencode(fields)).geturl()
        spaced = urlencode(fields, quote_via=quote)
        yield "url-encoding", "the query parsed and written again with %20", parts._replace(query=spaced).geturl()
        yield "url-encoding", "the query percent-decoded", parts._replace(query=unquote(parts.query)).geturl()


def _rebuilt(url: str, facts: Facts) -> Iterator[UrlMistake]:
    """The URL as our side of the tunnel sees it: its own Host and target."""
    delivery = facts.delivery
    for host in dict.fromkeys(name for name in (facts.header(header) for header in HOST_HEADERS) if name):
        for scheme in dict.fromkeys((facts.header("x-forwarded-proto").lower() or delivery.scheme, "https", "http")):
            other = f"{scheme}://{host}{delivery.target}"
            yield _difference(url, other), f"the URL {other[:120]}", other
    if delivery.url:
        yield _difference(url, delivery.url), f"the URL {delivery.url[:120]}", delivery.url


def _difference(url: str, other: str) -> str:
    """The mistake id for the first part in which two URLs differ; the path counts last."""
    ours, theirs = split_url(url), split_url(other)
    if ours is None or theirs is None or ours.hostname != theirs.hostname:
        return "url-host"
    if ours.port != theirs.port:
        return "url-port"
    return "url-scheme" if ours.scheme != theirs.scheme else "url-path"


def _parts_alone(parts: SplitResult) -> Iterator[UrlMistake]:
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    yield "url-host", "path and query alone", target
    yield "url-path", "the path alone", parts.path
    yield "url-host", "an empty URL", ""
    yield "url-scheme", "without the scheme", parts.netloc + target


def _escapes(url: str, case: object) -> str:
    import re  # few URLs get here

    return re.sub(r"%[0-9A-Fa-f]{2}", lambda match: str(case(match[0])) if callable(case) else match[0], url)

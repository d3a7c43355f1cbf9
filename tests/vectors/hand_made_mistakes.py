"""Mistakes made by hand on deliveries signed by hand: other bodies,
secrets and frameworks than those of `mistake_cases`.

Single ones, and combinations of two of different kinds.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from hookscope.providers.registry import load_providers
from hookscope_relay.delivery import Delivery
from vectors.hand_signed import FORM, NOW, URL, Made, Row, delivery, key_of, plain_hash

PRETTY = json.dumps(
    {"id": "evt_3Pq", "data": {"amount": 2000, "fee": None, "name": "größe M / rot", "meta": {}, "list": []}, "live": False},
    indent=2,
    ensure_ascii=False,
).encode()  # fmt: skip
PLAIN = b'{"action":"opened","number":42,"sender":{"id":58,"admin":true},"labels":["bug"],"title":"It\'s <b> & \\"bad\\"","score":0.875}'
WORDS = '{"type":"page.created","who":"Zoë Müller","emoji":"🚀","path":"/a/b","tags":[{"k":"ключ"},{}],"sep":"a\u2028b"}'.encode()
ESCAPED = b'{"text":"caf\\u00e9","url":"https:\\/\\/example.com\\/x","z":1,"a":{"d":4,"c":3}}'
NUMBERS = b'{"id":7,"price":19.90,"rate":1.0,"big":9007199254740993,"list":[10.0,2.50,100]}'
LATIN = '{"who":"Zoë Müller"}'.encode()
LINES = b'[{"email":"x@y.example","event":"click"}]\r\n'
FIELDS = b"token=gI&user_name=Ren%C3%A9e&command=%2Fdeploy&text=a+b%20c&empty=&payload=%7B%22a%22%3A1%7D&star=*~"


class Case(NamedTuple):
    """A delivery that does not verify, what is configured for it, and the mistakes of which one (of `both`:
    each) is to be named."""

    what: str
    mistakes: frozenset[str]
    delivery: Delivery
    secret: str
    others: tuple[str, ...] = ()
    now: int = NOW
    both: bool = False


def single(row: Row) -> Iterator[Case]:
    """Every applicable mistake of a provider, each by itself."""
    for source in (_secrets, _bodies, _messages, _addresses, _encodings, _shapes, _algorithms):
        yield from source(row)


def _case(row: Row, names: str, what: str, made: Delivery, **more: Any) -> Case:
    return Case(f"{row.name}: {what}", frozenset(names.split()), made, more.pop("secret", row.value), **more)


def _secrets(row: Row) -> Iterator[Case]:
    value, good = row.value, delivery(row, PLAIN)
    configured = {
        "secret-whitespace": [f"{value} ", f" {value}", f"{value}\n\n", f"{value}\r", f"\t{value}", f"{value}\u00a0"],
        "secret-quoted": [f'"{value}"', f"'{value}'", f"export SECRET={value}", f'WEBHOOK_SECRET="{value}"', f"`{value}`"],
    }  # fmt: skip
    for mistake, texts in configured.items():
        for text in texts:
            yield _case(row, mistake, f"configured {text!r}", good, secret=text)
    if quote(value, safe="") != value:
        yield _case(row, "secret-url-encoded", "configured encoded", good, secret=quote(value, safe=""))
    if row.secret == "text":
        made = {
            "secret-whitespace": [f"{value}\n", f" {value}", f"{value}\r\n"],
            "secret-quoted": [f'"{value}"', f"export WEBHOOK_SECRET={value}"],
            "secret-case": [value.upper()],
            "secret-truncated": [value[:-3], value[: len(value) // 2]],
        }
        for mistake, texts in made.items():
            for text in texts:
                yield _case(row, mistake, f"made with {text!r}", delivery(row, PLAIN, Made(key=text.encode())))
        yield _case(row, "secret-truncated", "configured cut", good, secret=value[:-1])
    elif row.secret == "hex":
        yield _case(row, "secret-not-hex-decoded", "made as text", delivery(row, PLAIN, Made(key=value.encode())))
    else:
        made_as_text = delivery(row, PLAIN, Made(key=value.encode()))
        yield _case(row, "secret-not-base64-decoded", "made as text", made_as_text)
    other = "aa" * 32 if row.secret == "hex" else base64.b64encode(bytes(32)).decode()
    other = f"whsec_{other}" if row.secret == "whsec" else other
    foreign = delivery(row, PLAIN, Made(key=key_of(row, other)))
    yield _case(row, "secret-of-other", "made with another", foreign, others=(other,))
    provider = load_providers().demand(row.name)
    for token in provider.secret.api_tokens[:1] if provider else ():
        yield _case(row, "secret-is-api-token", "configured", good, secret=token + "51Hq0aBcDeFgHiJkLmNoPqRs")


def _jackson(value: Any, margin: str = "\n") -> str:
    if isinstance(value, dict) and value:
        rows = (f'{margin}  "{key}" : {_jackson(item, margin + "  ")}' for key, item in value.items())
        return "{" + ",".join(rows) + margin + "}"
    if isinstance(value, list) and value:
        return "[ " + ", ".join(_jackson(item, margin) for item in value) + " ]"
    return {"{}": "{ }", "[]": "[ ]"}.get(json.dumps(value), json.dumps(value, ensure_ascii=False))


def written_again(body: bytes) -> dict[str, bytes]:
    """A body as frameworks parse and write it."""
    value = json.loads(body)
    tight: dict[str, Any] = {"separators": (",", ":")}
    script = json.dumps(value, **tight, ensure_ascii=False)
    html = script.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
    texts = {
        "Python": json.dumps(value),
        "Python, sorted": json.dumps(value, sort_keys=True),
        "Python, indented": json.dumps(value, indent=4),
        "orjson": script,
        "JavaScript, indented": json.dumps(value, indent=2, ensure_ascii=False),
        "PHP": json.dumps(value, **tight).replace("/", "\\/"),
        "PHP, pretty": json.dumps(value, indent=4).replace("/", "\\/"),
        "Go, a struct": html,
        "Go, indented": json.dumps(value, indent="\t", sort_keys=True, ensure_ascii=False)
        .replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028"),
        "Gson": html.replace("=", "\\u003d").replace("'", "\\u0027"),
        "Jackson, pretty": _jackson(value),
        "Postgres": json.dumps(_by_length(value), ensure_ascii=False),
    }  # fmt: skip
    return {name: text.encode() for name, text in texts.items() if text.encode() != body}


def _by_length(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _by_length(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key.encode()))}
    return [_by_length(item) for item in value] if isinstance(value, list) else value


def _bodies(row: Row) -> Iterator[Case]:
    if "B" not in row.parts:
        return
    for body in (PRETTY, PLAIN, WORDS, ESCAPED) if row.name != "box" else ():  # whose own library accepts some
        for name, text in written_again(body).items():
            made = delivery(row, body, Made(body=text))
            yield _case(row, "body-reserialized", f"{name}, {body[:12]!r}", made)
    for text in (
        b'{"id":7,"price":19.9,"rate":1,"big":9007199254740992,"list":[10,2.5,100]}',
        json.dumps(json.loads(NUMBERS)).encode(),
    ):
        yield _case(row, "body-number-changed", f"made {text[:30]!r}", delivery(row, NUMBERS, Made(body=text)))
    lost = delivery(row, b'{"id":7,"a":10.0,"b":3.0}', delivered=b'{"id":7,"a":10,"b":3}')
    yield _case(row, "body-number-changed", "fractions lost", lost)
    rounded = delivery(row, b'{"id":1785432109417000961}', delivered=b'{"id":1785432109417001000}')
    yield _case(row, "body-number-changed", "digits lost", rounded)
    changed = {
        "body-newline-added": (PLAIN, PLAIN + b"\n"),
        "body-newline-removed body-trimmed": (LINES, LINES.rstrip()),
        "body-crlf": (PRETTY, PRETTY.replace(b"\n", b"\r\n")),
        "body-trimmed": (b"\n " + PLAIN + b" \n", PLAIN),
        "body-bom": (PLAIN, b"\xef\xbb\xbf" + PLAIN),
        "body-charset": (LATIN, LATIN.decode().encode("latin-1")),
        "body-unicode-form": (LATIN, unicodedata.normalize("NFD", LATIN.decode()).encode()),
        "body-compressed body-decompressed": (PLAIN, gzip.compress(PLAIN, mtime=0)),
        "body-empty": (PLAIN, b""),
    }
    for names, (body, signed) in changed.items():
        yield _case(row, names, "made", delivery(row, body, Made(body=signed)))
    for names in ("body-crlf", "body-bom", "body-unicode-form", "body-charset"):
        body, other = changed[names]
        swapped = delivery(row, body, delivered=other if names != "body-charset" else LATIN.decode("latin-1").encode())
        yield _case(row, names, "delivered", swapped)
    stripped = delivery(row, LINES, delivered=LINES.rstrip())
    yield _case(row, "body-newline-removed body-newline-added", "delivered", stripped)
    pairs = parse_qsl(FIELDS.decode(), keep_blank_values=True)
    for text in (
        urlencode(pairs),
        urlencode(pairs, quote_via=quote),
        urlencode(sorted(pairs)),
        json.dumps(dict(pairs)),
        '{"a":1}',
    ):
        form = delivery(row, FIELDS, Made(body=text.encode()), FORM)
        yield _case(row, "body-form-reencoded", text[:30], form)
    for body in (PLAIN.replace(b"opened", b"closed"), PLAIN[:-1] + b',"x":1}'):
        yield _case(row, "body-changed", "tampered", delivery(row, PLAIN, delivered=body))
    yield _case(row, "body-changed", "another key", delivery(row, PLAIN, Made(key=b"quite another key")))


def _without(parts: tuple[str, ...], part: str) -> tuple[str, ...]:
    at = parts.index(part)
    rest = [*parts[:at], *parts[at + 1 :]]
    if at < len(rest) and rest[at] in (".", ":"):
        del rest[at]
    elif at and rest[at - 1] in (".", ":"):
        del rest[at - 1]
    return tuple(rest)


def _messages(row: Row) -> Iterator[Case]:
    parts = row.parts
    if "T" in parts:
        yield _case(row, "timestamp-left-out", "m", delivery(row, PLAIN, Made(parts=_without(parts, "T"))))
        for other in (f"{NOW - 1}000",) if row.unit == "s" else (str(NOW - 1),):
            yield _case(row, "timestamp-unit", other, delivery(row, PLAIN, Made(stamp=other)))
        yield _case(row, "timestamp-of-other-header", "m", delivery(row, PLAIN, Made(stamp=str(NOW - 55))))
    if "I" in parts:
        yield _case(row, "id-left-out", "m", delivery(row, PLAIN, Made(parts=_without(parts, "I"))))
    named = [part for part in parts if part in "BTIUM"]
    if len(named) < 2:
        return
    backwards = iter(named[::-1])
    swapped = tuple(next(backwards) if part in "BTIUM" else part for part in parts)
    yield _case(row, "message-order", "backwards", delivery(row, PLAIN, Made(parts=swapped)))
    for separator in (".", ":", "\n", "|"):
        joined = [part for name in named for part in (separator, name)][1:]
        joined = [f"v0{separator}", *joined] if parts[0] == "v0:" else joined
        if "".join(joined) != "".join(parts):
            made = delivery(row, PLAIN, Made(parts=tuple(joined)))
            yield _case(row, "message-separator", repr(separator), made)


def _addresses(row: Row) -> Iterator[Case]:
    if "M" in row.parts:
        yield _case(row, "method-changed", "GET", delivery(row, PLAIN, Made(method="GET")))
    bare, query = URL.split("?")
    others = {
        "url-scheme": URL.replace("https", "http"),
        "url-host": URL.replace("https://hooks.acme-corp.example", "http://localhost:3000"),
        "url-port": URL.replace(".example", ".example:8443"),
        "url-path": URL.replace("/v2/in/", "/"),
        "url-trailing-slash": f"{bare}/?{query}",
        "url-query-order": f"{bare}?flag=1&tenant=acme&zone=eu",
        "url-query-dropped": bare,
    }
    for mistake, url in others.items() if "U" in row.parts else ():
        yield _case(row, mistake, url, delivery(row, PLAIN, Made(url=url)))
    if "F" in row.parts:
        as_came = "".join(name + value for name, value in parse_qsl(FIELDS.decode(), keep_blank_values=True)).encode()
        yield _case(row, "params-unsorted", "m", delivery(row, FIELDS, Made(fields=as_came), FORM))
        yield _case(row, "params-dropped", "m", delivery(row, FIELDS, Made(fields=b""), FORM))


def _encodings(row: Row) -> Iterator[Case]:
    def drawn(written: Any) -> Delivery:
        return delivery(row, PLAIN, Made(written=written))

    def text(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    if row.digest == "hex":
        yield _case(row, "encoding-hex-base64", "base64", drawn(text))
        if row.name != "notion":
            yield _case(row, "encoding-case", "upper", drawn(lambda raw: raw.hex().upper()))
    else:
        yield _case(row, "encoding-hex-base64", "hex", drawn(bytes.hex))
        yield _case(row, "encoding-hex-base64", "base64 of hex", drawn(lambda raw: text(raw.hex().encode())))
        bare = drawn(lambda raw: text(raw).rstrip("=") if row.digest == "base64" else text(raw))
        yield _case(row, "encoding-padding encoding-base64url", "padding", bare)


def _shapes(row: Row) -> Iterator[Case]:
    def shaped(shape: Any) -> Delivery:
        return delivery(row, PLAIN, Made(shaped=shape))

    before = row.shape.partition("{s}")[0]
    if "{t}" in before:
        key = before.rpartition("{t}")[2].lstrip(",; ")
        yield _case(row, "prefix-missing", "no key", shaped(lambda t, s: row.shape.replace(key, "").format(t=t, s=s)))
        yield _case(row, "prefix-other", "v7", shaped(lambda t, s: row.shape.replace(key, "v7=").format(t=t, s=s)))
    elif before:
        yield _case(row, "prefix-missing", "bare", shaped(lambda t, s: s))
        yield _case(row, "prefix-doubled", "twice", shaped(lambda t, s: before * 2 + s))
        yield _case(row, "prefix-other", "v9=", shaped(lambda t, s: "v9=" + s))
    else:
        yield _case(row, "prefix-other", "sha256=", shaped(lambda t, s: "sha256=" + s))
        yield _case(row, "signature-duplicated", "joined", shaped(lambda t, s: f"{s}, {s}"))
    cut = shaped(lambda t, s: row.shape.format(t=t, s=s[: len(s) // 2]))
    yield _case(row, "signature-truncated", "half", cut)
    for value in ("", "undefined", "!!! none !!!"):
        yield _case(row, "header-malformed", repr(value), shaped(lambda t, s, value=value: value))
    good = delivery(row, PLAIN)
    for name in filter(None, (row.header, row.time, row.id)):
        rest = tuple(pair for pair in good.headers if pair[0] != name)
        yield _case(row, "header-missing", name, replace(good, headers=rest))
    foreign = "X-Line-Signature" if row.name != "line" else "X-Shopify-Hmac-Sha256"
    rest = tuple((foreign, value) if name == row.header else (name, value) for name, value in good.headers)
    yield _case(row, "header-of-other-provider", foreign, replace(good, headers=rest))


def _algorithms(row: Row) -> Iterator[Case]:
    for name in ("sha1", "sha256", "sha512", "md5"):
        if name != row.algorithm:
            yield _case(row, "algorithm-other", name, delivery(row, PLAIN, Made(algorithm=name)))
    yield _case(row, "algorithm-other", "plain", delivery(row, PLAIN, Made(digest=plain_hash(row))))
    joined = Made(digest=lambda key, message: hashlib.new(row.algorithm, key + message).digest())
    yield _case(row, "algorithm-other", "joined", delivery(row, PLAIN, joined))
    provider = load_providers().demand(row.name)
    scheme = provider.schemes[0] if provider else None
    if scheme is not None and scheme.past_s is not None:
        late = delivery(row, PLAIN, Made(at=NOW - int(scheme.past_s) - 30))
        yield _case(row, "timestamp-stale", "late", late)
    if scheme is not None and scheme.future_s is not None:
        yield _case(row, "timestamp-future", "early", delivery(row, PLAIN, Made(at=NOW + int(scheme.future_s) + 30)))


def pairs(row: Row, count: int) -> list[Case]:
    """Some combinations of two mistakes of different kinds, chosen at random but always the same."""
    kinds = _parts_of_pairs(row)
    all_pairs = [
        (one, other) for first, second in combinations(kinds, 2) for one in kinds[first] for other in kinds[second]
    ]
    random.Random(row.name).shuffle(all_pairs)
    cases = []
    for (mistake, change), (other, more) in all_pairs[:count]:
        changes = {**change, **more}
        made = delivery(row, changes.pop("delivered", PLAIN), Made(**changes))
        cases.append(_case(row, f"{mistake} {other}", f"{mistake}, {other}", made, both=True))
    return cases


def _parts_of_pairs(row: Row) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    value = row.value
    kinds: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    if row.secret == "text":
        kinds["secret"] = [
            ("secret-whitespace", {"key": f"{value}\n".encode()}),
            ("secret-whitespace", {"key": f" {value}".encode()}),
            ("secret-quoted", {"key": f'"{value}"'.encode()}),
            ("secret-case", {"key": value.upper().encode()}),
        ]
    if "B" in row.parts:
        rewritten = [
            ("body-reserialized", {"delivered": body, "body": text})
            for body in (PRETTY, WORDS)
            for name, text in written_again(body).items()
            if name in ("Python", "PHP", "Go, a struct", "Python, sorted", "JavaScript, indented")
        ]
        kinds["body"] = [
            *(rewritten if row.name != "box" else []),
            ("body-newline-added", {"body": PLAIN + b"\n"}),
            ("body-bom", {"body": b"\xef\xbb\xbf" + PLAIN}),
            ("body-crlf", {"delivered": PRETTY, "body": PRETTY.replace(b"\n", b"\r\n")}),
        ]
    if "T" in row.parts:
        other = f"{NOW - 1}000" if row.unit == "s" else str(NOW - 1)
        kinds["message"] = [
            ("timestamp-unit", {"stamp": other}),
            ("timestamp-left-out", {"parts": _without(row.parts, "T")}),
        ]
    if "U" in row.parts:
        kinds["url"] = [
            ("url-scheme", {"url": URL.replace("https", "http")}),
            ("url-trailing-slash", {"url": URL.replace("orders?", "orders/?")}),
            ("url-query-dropped", {"url": URL.split("?")[0]}),
        ]
    text = (lambda raw: base64.b64encode(raw).decode()) if row.digest == "hex" else bytes.hex
    kinds["encoding"] = [("encoding-hex-base64", {"written": text})]
    kinds["algorithm"] = [("algorithm-other", {"algorithm": "sha512"})]
    return kinds

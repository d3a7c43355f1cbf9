"""One pass over a capture: each value is judged by its name and its shape,
and what is replaced is noted with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from math import inf
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hookscope.payload.json_tokens import scan
from hookscope.payload.multipart import parse_multipart
from hookscope.tools.redaction import names
from hookscope.tools.redaction.fields import rewrite_fields
from hookscope.tools.redaction.harmless import EVERY_PAIR, PLAIN, Runs, json_runs, pairs_beside, short
from hookscope.tools.redaction.json_body import Where, rewrite_json
from hookscope.tools.redaction.kinds import KINDS, present_in_any_spelling
from hookscope.tools.redaction.placeholders import Stand
from hookscope.tools.redaction.rules import Rules
from hookscope.tools.redaction.spans import (
    EMAIL,
    MAX_ROUNDS,
    TooMuch,
    replace_emails,
    replace_secrets,
)

MAX_PLACES = 1000
MAX_PLACE = 200
MAX_KNOWN = 500
# A body of more secrets than this, or of more values that need a look one by one, is left out whole: nobody reads it,
# and every one costs time.
MAX_SECRETS = 100_000
MAX_LOOKS = 200_000
# Shorter values stand for too many other things to be looked for elsewhere, and are no address and no secret by their
# shape.
LEAST_KNOWN = 6
# What our own placeholders are made of is never looked for.
OWN_WORDS = ("redacted-", "redacted@example.com")
LEAST_KEY = 16
# JSON in a string in JSON: as deep as anybody sends it, and twice that.
MAX_NESTED = 6
AND_MORE = "and more"

SCHEMES = (
    "basic|bearer|digest|token|apikey|api-key|key|bot|hmac|ssws|geniekey|negotiate|jwt|signature|aws4-hmac-sha256|oauth"
)
_CREDENTIAL = re.compile(rf"(\s*(?:{SCHEMES})\s+)(\S[\s\S]*)", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_JSON_START = re.compile(r"\s{0,100}[\[{]")
SHORT = short(LEAST_KNOWN - 1)
SHORT_OR_PLAIN = rf"{SHORT}(?![^&])|{PLAIN}"
# A path segment's characters that need no escape (RFC 3986, 3.3), and the slash between segments.
PATH_SAFE = "/:@!$&'()*+,;=~"


class Sweep:
    """Replaces secrets by what `stand` makes of them; `known` are values that are replaced wherever they stand.

    `places` are where something was replaced, in order; `found` are the values, for a look at whether they stand
    elsewhere too.
    """

    def __init__(self, stand: Stand, rules: Rules, known: Collection[str] = ()) -> None:
        self.stand = stand
        self.rules = rules
        self.known = tuple(known)
        self.places: dict[str, None] = {}
        self.found: dict[str, None] = {}
        self._nested = 0
        self._noted_so_far = 0
        self._looks = 0
        self._most_secrets = self._most_looks = inf
        self._kinds = KINDS

    def narrow(self, content: bytes | None) -> None:
        """Look only for the kinds of secrets that this content can hold, in any spelling, until told otherwise (None:
        all). Raises `TooMuch` until then where there is more than is looked at or replaced."""
        self._noted_so_far = 0
        self._looks = 0
        self._most_secrets, self._most_looks = (inf, inf) if content is None else (MAX_SECRETS, MAX_LOOKS)
        self._kinds = KINDS if content is None else present_in_any_spelling(content)

    def look(self) -> None:
        """Count one value, pair, line or token that is looked at by itself. Raises `TooMuch` at one too many."""
        self._looks += 1
        if self._looks > self._most_looks:
            raise TooMuch(f"is made of more than {self._most_looks:,} values")

    # Values

    def names_secret(self, name: str) -> bool:
        """Whether a field of that name holds a secret."""
        return names.is_secret(name) or (bool(self.rules.fields) and names.comparable(name) in self.rules.fields)

    def key(self, name: str) -> str:
        """A field's name: nothing but the shape of a secret makes it one, and none has room in a short name."""
        if len(name) < LEAST_KEY and not self.rules.patterns:
            return name
        new, values = replace_secrets(name, self.stand, self.rules.patterns, (), self._kinds, self._most_secrets)
        self._note(values)
        return new

    def text(self, value: str, place: str) -> str:
        """Words without a name: shapes, patterns and known values."""
        return self._noted(value, self._shapes(value), lambda: place)

    @property
    def looks_for_ascii(self) -> bool:
        """Whether nothing is looked for that has a letter beyond ASCII."""
        return not self.rules.patterns and all(value.isascii() for value in self.known)

    def loose(self, value: str, place: str) -> str:
        """Words without any structure that says where an address stands: all addresses go, too."""
        return self._noted(value, self._settled(value, lambda _: True), lambda: place)

    def string(self, name: str, value: str, secret: bool, where: Where) -> str:
        """The value of a field."""
        secret = secret or self.names_secret(name)
        short = len(value) < LEAST_KNOWN and not self.rules.patterns
        if not value or (short and not secret) or self.stand.stands(value):
            return value
        if secret:
            return self._noted(value, self._credential(value), where)
        if _JSON_START.match(value) and self._nested < MAX_NESTED:
            return self.json(value, where() + "#")
        named = names.holds_emails(name)
        new = self._settled(value, lambda text: named or EMAIL.fullmatch(text.strip()) is not None)
        return self._noted(value, new, where)

    def number(self, name: str, spelt: str, secret: bool, where: Where) -> str:
        """A number in JSON; zero tells nothing."""
        named = names.is_one_secret(name) or names.comparable(name) in self.rules.fields
        if not (secret or named) or spelt == "0" or self.stand.stands_number(spelt):
            return spelt
        return self._noted(spelt, self.stand.number(spelt), where)

    def json(self, text: str, place: str) -> str:
        """JSON, lines of JSON, or what begins as JSON: what follows a flaw is read as words."""
        self._nested += 1
        try:
            rewritten = rewrite_json(text, self, place)
            if rewritten.end < 0:
                return rewritten.text
            first, more, _ = text.partition("\n")
            if more and rewritten.depth == 0 and _is_json(first):
                return "".join(self._line(line[0], place) for line in _LINE.finditer(text))
            return rewritten.text + self.loose(text[rewritten.end :], place.rstrip("#:"))
        finally:
            self._nested -= 1

    def _line(self, line: str, place: str) -> str:
        self.look()
        rewritten = rewrite_json(line, self, place)
        return (
            rewritten.text
            if rewritten.end < 0
            else rewritten.text + self.loose(line[rewritten.end :], place.rstrip("#:"))
        )

    # Parts of a message

    def header(self, name: str, value: str, place: str) -> str:
        """A header's value."""
        lower = name.lower()
        if lower in names.COOKIE_HEADERS:
            return self._noted(value, self._cookies(value, lower.startswith("set")), lambda: place)
        secret = names.is_secret_header(name) or lower in self.rules.headers
        return self.string(name, value, secret, lambda: place)

    def target(self, target: str, at: str) -> str:
        """A request target, still encoded where nothing was replaced."""
        path, mark, query = target.partition("?")
        return self._path(path, f"{at}path") + mark + self._query(query, f"{at}query")

    def url(self, url: str, at: str) -> str:
        """A URL with its user and password, path and query."""
        origin, slashes, rest = url.partition("://")
        host, slash, tail = rest.partition("/")
        return self.text(origin + slashes + host, f"{at}url") + (
            self.target(slash + tail, f"{at}url:") if slash else ""
        )

    def fields(self, data: bytes, place: str) -> bytes:
        """A form."""
        return rewrite_fields(
            data,
            self._looked_key,
            lambda name, value: self.string(name, value, False, lambda: f"{place}:{name}"),
            self._pairs(),
        )

    def _looked_key(self, name: str) -> str:
        self.look()
        return self.key(name)

    def _pairs(self) -> re.Pattern[bytes]:
        """The pairs of a form that are looked at: a body may be made of a million others."""
        ends = names.harmless_ends(self.rules.fields)
        if self.rules.patterns or not ends:
            return EVERY_PAIR
        return pairs_beside(LEAST_KEY - 1, ends, SHORT if self._kinds or self.known else SHORT_OR_PLAIN)

    def runs(self) -> Runs | None:
        """The members and items of JSON that are passed over; None where every one is looked at."""
        ends = names.harmless_ends(self.rules.fields)
        if self.rules.patterns or not ends:
            return None
        return json_runs(LEAST_KEY - 1, ends, LEAST_KNOWN - 1)

    def multipart(self, content_type: str, body: bytes, at: str) -> bytes:
        """A multipart body, part by part; what lies between contents is read as words."""
        pieces: list[bytes] = []
        end = 0
        for part in parse_multipart(content_type, body).parts:
            pieces.append(self._words(body[end : part.start], f"{at}body"))
            pieces.append(self._part(part.name, body[part.start : part.end], f"{at}part:{part.name}"))
            end = part.end
        rest = body[end:].decode("utf-8", "surrogateescape")
        return b"".join([*pieces, encoded(self.loose(rest, f"{at}body"))])

    # How

    def _path(self, path: str, place: str) -> str:
        plain = unquote_to_bytes(path.encode("latin-1", "replace")).decode("utf-8", "surrogateescape")
        new = self.text(plain, place)
        return path if new == plain else quote_from_bytes(new.encode("utf-8", "surrogateescape"), safe=PATH_SAFE)

    def _query(self, query: str, place: str) -> str:
        return self.fields(query.encode("latin-1", "replace"), place).decode("latin-1") if query else query

    def _words(self, data: bytes, place: str) -> bytes:
        return encoded(self.text(data.decode("utf-8", "surrogateescape"), place))

    def _part(self, name: str, content: bytes, place: str) -> bytes:
        self.look()
        return encoded(self.string(name, content.decode("utf-8", "surrogateescape"), False, lambda: place))

    def _credential(self, value: str) -> str:
        """A secret; the scheme before it stays, so that a handler reads as far as before."""
        match = _CREDENTIAL.fullmatch(value)
        before, secret = match.groups() if match else ("", value)
        if self.stand.stands(secret):
            return value
        self._note([secret])
        return before + (self.stand.email(secret) if EMAIL.fullmatch(secret) else self.stand.text(secret))

    def _cookies(self, value: str, only_first: bool) -> str:
        pieces = value.split(";")
        last = 1 if only_first else len(pieces)
        return ";".join([*(self._cookie(piece) for piece in pieces[:last]), *pieces[last:]])

    def _cookie(self, piece: str) -> str:
        name, equals, secret = piece.partition("=") if "=" in piece else ("", "", piece)
        plain = secret.strip()
        if not plain or self.stand.stands(plain):
            return piece
        self._note([plain])
        return name + equals + secret.replace(plain, self.stand.text(plain), 1)

    def _settled(self, value: str, with_emails: Callable[[str], bool]) -> str:
        """The value without addresses, where it is one to look for them in, and without shapes;
        until neither finds more."""
        for _ in range(MAX_ROUNDS):
            new = self._shapes(self._emails(value) if "@" in value and with_emails(value) else value)
            if new == value:
                break
            value = new
        return value

    def _emails(self, value: str) -> str:
        new, values = replace_emails(value, self.stand, self._most_secrets)
        self._note(values)
        return new

    def _shapes(self, value: str) -> str:
        new, values = replace_secrets(
            value, self.stand, self.rules.patterns, self.known, self._kinds, self._most_secrets
        )
        self._note(values)
        return new

    def _noted(self, old: str, new: str, where: Where) -> str:
        if new != old:
            if len(self.places) < MAX_PLACES:
                self.places[_short(where())] = None
            else:
                self.places[AND_MORE] = None
        return new

    def _note(self, values: list[str]) -> None:
        self._noted_so_far += len(values)
        if self._noted_so_far > self._most_secrets:
            raise TooMuch(f"holds more than {self._most_secrets:,} secrets")
        for value in values:
            if len(value) >= LEAST_KNOWN and len(self.found) < MAX_KNOWN and not any(value in own for own in OWN_WORDS):
                self.found[value] = None


def encoded(text: str) -> bytes:
    """The text's bytes as they were read (`surrogateescape`);
    a surrogate that no byte made is written as JSON readers write it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _is_json(line: str) -> bool:
    return all(token.kind != "flaw" for token in scan(line))


def _short(text: str) -> str:
    """A place's name without what no file can hold, cut to a sane length."""
    return text[:MAX_PLACE].encode("utf-8", "replace").decode("utf-8")

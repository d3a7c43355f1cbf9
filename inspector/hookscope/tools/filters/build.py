# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.
"""From a filter's value to its condition, one function a key; `BadValueError` says what the key takes instead."""

from __future__ import annotations

import re
from collections.abc import Callable

from hookscope.config.values import parse_duration
from hookscope.text.timestamp import parse_time
from hookscope.tools.filters.body_search import body_contains
from hookscope.tools.filters.condition import Condition, any_of, like, like_pattern

# Evaluated whenever the condition is run, so that `since:10m` moves on with the time.
NOW = "((julianday('now') - 2440587.5) * 86400.0)"

MAX_TEXT = 200

_STATUS = re.compile(
    r"(?P<family>[1-9])xx|(?P<low>[1-9]\d\d)-(?P<high>[1-9]\d\d)|(?P<sign>>=|<=|>|<)?(?P<one>[1-9]\d\d)", re.I
)
_DURATION_SIGN = re.compile(r"(>=|<=|>|<)?(.+)")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class BadValueError(ValueError):
    """A value that a key does not take; the text says what it does take."""


STATES: dict[str, tuple[str, Condition]] = {
    "failed": ("not answered with 2xx, or no answer", Condition("c.failure <> '' OR c.status NOT BETWEEN 200 AND 299")),
    "ok": ("answered with 2xx", Condition("c.status BETWEEN 200 AND 299")),
    "untried": ("no attempt was made", Condition("c.attempts = 0")),
    "unknown": (
        "an attempt's outcome is not known (still running, or we died)",
        Condition(
            "c.attempts > 0 AND EXISTS (SELECT 1 FROM attempts a WHERE a.capture = c.number AND a.status IS NULL"
            " AND a.failure IS NULL)"
        ),
    ),
    "duplicate": (
        "an earlier delivery carried the same event",
        Condition(
            "c.event_id <> '' AND EXISTS (SELECT 1 FROM captures d WHERE d.event_id = c.event_id AND d.event_id <> ''"
            " AND d.provider = c.provider AND d.number < c.number)"
        ),
    ),
    "marked": ("marked", Condition("EXISTS (SELECT 1 FROM marks k WHERE k.capture = c.number)")),
    "owed": ("answered by the relay, so nobody has handled it", Condition("c.owed")),
    "held": (
        "answered by us, and waiting for its turn at the handler",
        Condition("EXISTS (SELECT 1 FROM held h WHERE h.capture = c.number)"),
    ),
    "missed": ("its sender had an answer or a 504 without us", Condition("c.missed")),
    "kept-back": (
        "its path kept it from the handler",
        Condition("EXISTS (SELECT 1 FROM kept_back b WHERE b.capture = c.number)"),
    ),
    "replayed": (
        "handed over again",
        Condition("EXISTS (SELECT 1 FROM attempts a WHERE a.capture = c.number AND a.origin = 'replay')"),
    ),
    "handshake": ("a provider's handshake", Condition("c.handshake <> ''")),
    "expired": (
        "its sender gave up waiting",
        Condition("EXISTS (SELECT 1 FROM settlements s WHERE s.capture = c.number AND s.how <> 'answered')"),
    ),
}


def status(value: str) -> Condition:
    match = _STATUS.fullmatch(value)
    if match is None:
        raise BadValueError("a status: 404, 4xx, 400-499 or >=500")
    return _status_is("c.status", match)


def _status_is(column: str, match: re.Match[str]) -> Condition:
    if match["family"]:
        low = int(match["family"]) * 100
        return Condition(f"{column} BETWEEN ? AND ?", (low, low + 99))
    if match["low"]:
        return Condition(f"{column} BETWEEN ? AND ?", (int(match["low"]), int(match["high"])))
    return Condition(f"{column} {match['sign'] or '='} ?", (int(match["one"]),))


def api(value: str) -> Condition:
    """A call of the delivery: by status, by `refused`, else by the API's name, the cause, the kind of failure or the
    path."""
    match = _STATUS.fullmatch(value)
    if match is not None:
        found = _status_is("k.status", match)
    elif value.lower() == "refused":
        found = Condition("k.cause <> ''")
    else:
        columns = [like(column, like_pattern(value)) for column in ("k.api", "k.cause", "k.failure")]
        found = any_of([*columns, like("k.target", like_pattern(value, "%", "%"))] if "/" in value else columns)
    return Condition(f"EXISTS (SELECT 1 FROM calls k WHERE k.delivery = c.id AND ({found.text}))", found.parameters)


def matches(column: str) -> Callable[[str], Condition]:
    return lambda value: like(column, like_pattern(value))


def path(value: str) -> Condition:
    if "*" not in value:
        return like("c.target", like_pattern(value, after="%"))
    column = "c.target" if "?" in value else "substr(c.target, 1, instr(c.target || '?', '?') - 1)"
    return like(column, like_pattern(value))


def route(value: str) -> Condition:
    found = like("r.route", like_pattern(value))
    return Condition(f"EXISTS (SELECT 1 FROM attempts r WHERE r.capture = c.number AND {found.text})", found.parameters)


def finding(value: str) -> Condition:
    pattern = like_pattern(value, "%", "%")
    found = any_of([like("f.code", pattern), like("f.cause", pattern)])
    proved = any_of([like(f"json_extract(p.content, '$.{field}')", pattern) for field in ("code", "cause")])
    return Condition(
        "c.number IN (SELECT f.capture FROM findings f JOIN captures k ON k.number = f.capture AND k.outcome_attempt ="
        f" f.attempt WHERE {found.text} UNION ALL SELECT p.capture FROM proofs p JOIN captures k ON k.number ="
        f" p.capture AND k.outcome_attempt = p.attempt WHERE {proved.text})",
        (*found.parameters, *proved.parameters),
    )


def header(value: str) -> Condition:
    name, equals, wanted = value.partition("=")
    if not _TOKEN.fullmatch(name):
        raise BadValueError("a header's name, or name=value: x-foo or x-foo=bar")
    having = like("json_extract(e.value, '$[1]')", like_pattern(wanted)) if equals else Condition("1")
    return Condition(
        "EXISTS (SELECT 1 FROM heads h, json_each(h.headers) e WHERE h.number = c.number AND h.headers LIKE ? ESCAPE"
        f" '\\' AND lower(json_extract(e.value, '$[0]')) = ? AND {having.text})",
        # The first test is quick and leaves few headers to be taken apart.
        (f'%"{like_pattern(name.replace("*", "_"))}"%', name.lower(), *having.parameters),
    )


def when(sign: str) -> Callable[[str], Condition]:
    def build(value: str) -> Condition:
        try:
            return Condition(f"c.received_at {sign} {NOW} - ?", (parse_duration(value),))
        except ValueError:
            pass
        try:
            return Condition(f"c.received_at {sign} ?", (parse_time(value),))
        except (ValueError, OverflowError):
            raise BadValueError("how long ago (10m, 2h, 3d) or a time (2026-11-21T08:00)") from None

    return build


def elapsed(value: str) -> Condition:
    match = _DURATION_SIGN.fullmatch(value)
    try:
        limit = parse_duration(match[2]) * 1000 if match else -1.0
    except ValueError:
        limit = -1.0
    if match is None or limit < 0:
        raise BadValueError("a duration: >500ms or >=2s")
    return Condition(f"c.elapsed_ms {match[1] or '>='} ?", (limit,))


def choice(column: str, values: tuple[str, ...]) -> Callable[[str], Condition]:
    def build(value: str) -> Condition:
        if value.lower() not in values:
            raise BadValueError("one of " + ", ".join(values))
        return Condition(f"{column} = ?", (value.lower(),))

    return build


def state(value: str) -> Condition:
    if value.lower() not in STATES:
        raise BadValueError("one of " + ", ".join(STATES))
    return STATES[value.lower()][1]


def body(value: str) -> Condition:
    if len(value) > MAX_TEXT:
        raise BadValueError(f"a text of at most {MAX_TEXT} characters")
    return body_contains(value)


def word(value: str) -> Condition:
    """What a word without a key looks for: target, event type, provider, or the beginning of the id."""
    pattern = like_pattern(value, "%", "%")
    columns = [like(column, pattern) for column in ("c.target", "c.event_type", "c.provider")]
    return any_of([*columns, like("c.id", like_pattern(value, after="%"))])

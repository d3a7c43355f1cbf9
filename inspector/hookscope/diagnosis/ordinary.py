"""The ordinary: a success that nothing marks, recognised without asking one reader,
by conditions that are compiled at the first use.

What is not certainly ordinary goes the long way, so that both ways give the same findings; a test holds them to that on
every recording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from hookscope.diagnosis.calibration import calibrated
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import Mark, all_marks, by_status, status_evidence
from hookscope.diagnosis.readers.acceptance import SLOW_MS
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope_relay.made_answers import phrase

SHORT = 512
HEADERS = 40
HEADER_CHARACTERS = 8 * 1024
MEDIA = frozenset({"", "application/json", "text/plain", "text/html"})
_WORD = re.compile(r"[a-z0-9_]{4,}")

# Headers that tell something by being there: an encoded, streamed or stored answer, and hookscope's own.
_TELLING = frozenset({"content-encoding", "transfer-encoding", "last-modified", "upgrade", "hookscope-answered-by"})

# What no ordinary answer says: pages and escapes, whatever sounds like a refusal, and states other than success.
_SUSPECT = (
    r"[<&\\\x00-\x08\x7f-\xff]|false|err|fail|excep|warning|notice|deprec|trace|fatal|uncaught|unhandled|invalid|denied|unauth|forbid|reject|"
    r"\bno(?:t|ne|thing)?\b|bad|wrong|missing|could|unable|internal|signature|csrf|\brules?\b|condition|trigger|check|"
    r'"ko"|"(?:status|code|statuscode|status_code)" *: *[45]\d\d'
)
_OTHER_PROTOCOL = r"^(?:ssh-|220 |\+ok|-err|\* ok|rfb |amqp|http/)"


def read(case: Case, answer: AnswerView) -> Reading | None:
    """The reading of an ordinary success; None for whatever has to be looked at."""
    attempt = case.attempt
    if not 200 <= answer.status < 300 or attempt is None or attempt.elapsed_ms >= SLOW_MS or attempt.answered_by:
        return None
    return accepted(answer) if answer.shared(unmarked) else None


def accepted(answer: AnswerView) -> Reading:
    """What an ordinary success means."""
    key = (answer.status, answer.reason)
    found = _ACCEPTED.get(key)
    if found is None:
        if len(_ACCEPTED) >= 64:  # reasons are the handler's to choose
            _ACCEPTED.clear()
        found = calibrated(Reading(cause="ok", layer="handler", confidence=0.7, evidence=(status_evidence(answer),)))
        _ACCEPTED[key] = found
    return found


_ACCEPTED: dict[tuple[int, str], Reading] = {}


def unmarked(answer: AnswerView) -> bool:
    """Whether nothing in a 2xx calls for a second look."""
    body, headers = answer.answer.body, answer.headers
    telling, words, servers = _compiled(answer.status)
    return (
        len(body) <= SHORT
        and telling.isdisjoint(headers)
        and answer.media in MEDIA
        and answer.reason.lower() in {"", phrase(answer.status).lower()}
        and _plain_head(answer)
        and not servers.search(answer.told)
        and words.search(answer.low) is None
        and (body[:1] not in (b"{", b"[") or _is_json(body))
    )


def _plain_head(answer: AnswerView) -> bool:
    pairs = answer.answer.headers
    length = answer.headers.get("content-length")
    return (
        len(pairs) <= HEADERS
        and (length is None or (length == str(len(answer.answer.body)) and answer.status != 204))
        and sum(len(name) + len(value) for name, value in pairs) <= HEADER_CHARACTERS
        and (length is None or sum(name.lower() == "content-length" for name, _ in pairs) == 1)
    )


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return True


@cache
def _compiled(status: int) -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str]]:
    """For a status: the headers, the words of a body, and the words of Server that some mark asks for."""
    named, others = by_status(all_marks())
    headers, words, servers = set(_TELLING), {_SUSPECT, _OTHER_PROTOCOL}, {"caddy", "apache"}
    for mark in named.get(status, others):
        if mark.header:
            headers.add(mark.header[0][0])
        elif mark.server:
            servers.update(map(re.escape, mark.server))
        elif not mark.reason:
            words.update(_needed(mark))
    return frozenset(headers), re.compile("|".join(sorted(words))), re.compile("|".join(sorted(servers)))


def _needed(mark: Mark) -> Iterator[str]:
    """Words of which one is in every body that a mark holds for; anything at all,
    where there are none to tell it by."""
    texts = (*mark.body[:1],) or mark.any or mark.exact or (*mark.message[:1],) or (*filter(None, [mark.title]),)
    for text in texts or ("",):
        found = _WORD.findall(text)
        yield re.escape(max(found, key=len)) if found else ""

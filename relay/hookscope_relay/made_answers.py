"""Answers that nobody's handler gave: the relay's and the inspector's own.

Each says so in `Hookscope-Answered-By`; those that report an error have a problem body (RFC 9457) of a stable type.
They quote nothing that a sender wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, NamedTuple, TypeAlias

from hookscope_relay.delivery import HOP_BY_HOP, Answer, Headers, end_to_end

AnsweredBy: TypeAlias = Literal["relay", "inspector"]

ANSWERED_BY = "Hookscope-Answered-By"
OURS = "hookscope-"
# Of a stated length: more than any body has bytes.
MOST_DIGITS = 18
PROBLEM_TYPE = "urn:hookscope:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of trouble: the status that reports it, and a sentence for whoever reads the answer."""

    status: int
    title: str


PROBLEMS: dict[str, Problem] = {
    "unknown-endpoint": Problem(404, "No endpoint of this id was ever opened at this relay."),
    "not-listening": Problem(503, "Nobody is listening on this endpoint and it does not store deliveries."),
    "deadline-passed": Problem(504, "No answer came from the handler before the relay's deadline."),
    "handler-refused": Problem(502, "The local handler refused the connection."),
    "handler-reset": Problem(502, "The local handler reset the connection."),
    "handler-closed": Problem(502, "The local handler closed the connection without a full answer."),
    "handler-bad-response": Problem(502, "The local handler's answer is not valid HTTP."),
    "handler-dns": Problem(502, "The local handler's host name does not resolve."),
    "handler-tls": Problem(502, "No TLS connection to the local handler could be made."),
    "answer-too-large": Problem(502, "The local handler's answer is larger than the limit."),
    "request-cut-off": Problem(
        502, "The request was broken off on its way to the local handler, and is not sent again unasked."
    ),
    "handler-timeout": Problem(504, "The local handler did not answer in time."),
    "no-route": Problem(404, "No route of the inspector takes this delivery."),
    "upgrade-refused": Problem(501, "Upgrades, such as to a WebSocket, are not passed on here."),
    "transform-failed": Problem(502, "The inspector's transform of this delivery failed."),
    "inspector-stopping": Problem(503, "The inspector was stopped before the handler had answered."),
    "malformed": Problem(400, "The request is not valid HTTP/1.1, or nothing that can be passed on unchanged."),
    "host-not-served": Problem(421, "This relay does not serve the requested host."),
    "browser-refused": Problem(403, "This address takes webhook deliveries; it does not serve pages to browsers."),
    "too-slow": Problem(408, "The request did not arrive in time."),
    "body-too-large": Problem(413, "The body is larger than the limit."),
    "target-too-long": Problem(414, "The request target is longer than the limit."),
    "headers-too-large": Problem(431, "The headers are larger than the limit."),
    "rate-limited": Problem(429, "Too many requests."),
    "relay-busy": Problem(503, "The relay has too much in hand at the moment."),
    "store-unavailable": Problem(503, "The relay cannot store deliveries at the moment."),
    "not-implemented": Problem(501, "This transfer coding is not supported."),
    "claim-malformed": Problem(401, "The claim to this endpoint is malformed."),
    "claim-key": Problem(401, "The claim's key is not the key of this endpoint."),
    "claim-signature": Problem(
        401, "The claim's signature does not hold: it was altered, or made for another relay or by another key."
    ),
    "claim-clock": Problem(
        401, "The claim's time is more than a minute from the relay's clock, or before the relay began."
    ),
    "claim-replayed": Problem(401, "The claim was used before."),
    "claim-origin": Problem(401, "The claim was made for another relay."),
    "access-token": Problem(403, "This relay asks for an access token, and this is not the one."),
    "key-superseded": Problem(403, "The endpoint's key was rotated; this is an older one."),
    "version": Problem(426, "This relay speaks another version of the protocol."),
}


def build_problem(
    slug: str, by: AnsweredBy, *, detail: str = "", headers: Headers = (), members: Mapping[str, object] | None = None
) -> Answer:
    """The answer that reports the problem `slug`, with a detail of our own words and extra members of the body."""
    problem = PROBLEMS[slug]
    reason = HTTPStatus(problem.status).phrase
    body: dict[str, object] = {
        "type": PROBLEM_TYPE + slug,
        "title": problem.title,
        "status": problem.status,
    }
    if detail:
        body["detail"] = detail
    body |= members or {}
    return build_answer(problem.status, by, reason, json.dumps(body).encode(), "application/problem+json", headers)


def build_answer(
    status: int,
    by: AnsweredBy,
    reason: str = "",
    body: bytes = b"",
    media_type: str = "text/plain; charset=utf-8",
    headers: Headers = (),
) -> Answer:
    """A made-up answer, marked with who made it up."""
    kept = (("Content-Type", media_type), *headers) if body else headers
    return Answer(status=status, reason=reason or phrase(status), headers=(*kept, (ANSWERED_BY, by)), body=body)


def phrase(status: int) -> str:
    """The standard reason phrase of a status; empty for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def framed(answer: Answer, method: str) -> Answer:
    """The answer with hop-by-hop and our own headers taken out and its length stated, so that it can end where it says.

    A chunked or close-delimited body gets Content-Length in the place of Transfer-Encoding, or last. What has no body
    by definition (HEAD, 1xx, 204, 304) keeps its Content-Length as it was.
    """
    if _is_framed(answer, method):
        return answer
    bodiless = method == "HEAD" or answer.status < 200 or answer.status in {204, 304}
    length = ("Content-Length", str(len(answer.body)))
    headers: list[tuple[str, str]] = []
    stated = bodiless
    passed_on = {id(pair) for pair in end_to_end(answer.headers)}
    for pair in answer.headers:
        name = pair[0].lower()
        if name.startswith(OURS):
            continue
        if name in {"content-length", "transfer-encoding"} and not bodiless:
            if not stated:
                headers.append(pair if pair == (pair[0], length[1]) and name == "content-length" else length)
            stated = True
        elif id(pair) in passed_on:
            headers.append(pair)
    if not stated:
        headers.append(length)
    return Answer(
        status=answer.status, reason=answer.reason, headers=tuple(headers), body=b"" if bodiless else answer.body
    )


def is_bodiless(answer: Answer, method: str) -> bool:
    """Whether an answer to such a request has no body by definition; a 101 has none, but something follows it."""
    return method == "HEAD" or answer.status in {204, 304}


class Framing(NamedTuple):
    """How the end of a body is told whose head is written before it came: by chunks, by a length, or by the end of its
    connection; `raw` bytes that are no HTTP any more tell it themselves."""

    is_chunked: bool = False
    length: int | None = None
    is_raw: bool = False

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection may go on after it."""
        return self.is_chunked or self.length is not None


def streamed(answer: Answer, *, old: bool) -> tuple[Answer, Framing]:
    """The head of an answer whose body follows as it comes, without hop-by-hop headers and ours, in its own framing;
    a connection that is too `old` for chunks ends with the body."""
    chunked = any(
        name.lower() == "transfer-encoding" and value.strip().lower() == "chunked" for name, value in answer.headers
    )
    lengths = {value.strip() for name, value in answer.headers if name.lower() == "content-length"}
    stated = next(iter(lengths)) if len(lengths) == 1 and not chunked else ""
    length = int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= MOST_DIGITS else None
    dropped = set() if length is not None else {"content-length"}
    kept = {id(pair) for pair in end_to_end(answer.headers)}
    own = {"transfer-encoding", "trailer"} if chunked and not old else set()
    headers: list[tuple[str, str]] = []
    for pair in answer.headers:
        name = pair[0].lower()
        if name.startswith(OURS) or name in dropped or (id(pair) not in kept and name not in own):
            continue
        if name in ("content-length", "transfer-encoding"):
            # Once is enough, and more would be too much.
            own.discard(name)
            dropped.add(name)
        headers.append(pair)
    head = Answer(status=answer.status, reason=answer.reason, headers=tuple(headers))
    return head, Framing(is_chunked=chunked and not old, length=length)


def switched(answer: Answer) -> Answer:
    """The head of a 101: all but what frames a body, and ours, since Connection and Upgrade are what it says."""
    left_off = {"content-length", "transfer-encoding"}
    kept = [one for one in answer.headers if one[0].lower() not in left_off and not one[0].lower().startswith(OURS)]
    return Answer(status=answer.status, reason=answer.reason, headers=tuple(kept))


def interim(answer: Answer) -> Answer:
    """An interim answer as it is passed on."""
    left_off = ("content-length", OURS)
    kept = [one for one in end_to_end(answer.headers) if not one[0].lower().startswith(left_off)]
    return Answer(status=answer.status, reason=answer.reason, headers=tuple(kept))


def _is_framed(answer: Answer, method: str) -> bool:
    """Whether an answer with a body states its length once, and has no header that is to go:
    then it can go out as it is."""
    names = [name.lower() for name, _ in answer.headers]
    if method == "HEAD" or answer.status < 200 or answer.status in {204, 304} or names.count("content-length") != 1:
        return False
    stated = answer.headers[names.index("content-length")][1]
    return stated == str(len(answer.body)) and HOP_BY_HOP.isdisjoint(names) and OURS not in "\n".join(names)

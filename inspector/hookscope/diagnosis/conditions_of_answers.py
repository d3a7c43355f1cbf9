"""Named questions about the form of an answer: what stands in it beside its words."""

from __future__ import annotations

import re

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.views import AnswerView
from hookscope_relay.made_answers import phrase

_STATUS_KEYS = ("statusCode", "status_code", "status", "code", "errorCode")
_NAMED_EXCEPTION = re.compile(r"[a-z](error|exception)\b|traceback")


def empty_answer(case: Case) -> bool:
    return case.answer is not None and case.answer.empty


def bare_answer(case: Case) -> bool:
    """An empty answer without Date or Server: a parser's, which gave up before any application was asked."""
    return case.answer is not None and case.answer.empty and not {"date", "server"} & set(case.answer.headers)


def bare_lower_case(case: Case) -> bool:
    """An empty answer whose header names are written small, as servers on hyper write them (axum, Actix)."""
    return (
        case.answer is not None
        and case.answer.empty
        and "date" in case.answer.headers
        and all(name.islower() for name, _ in case.answer.answer.headers)
    )


def empty_of_known_length(case: Case) -> bool:
    """An empty answer that says so beforehand, as routers write it;
    a handler that only ends its answer sends it in chunks."""
    return case.answer is not None and case.answer.empty and case.answer.get("content-length").strip() == "0"


def names_no_exception(case: Case) -> bool:
    """No exception is named by its type: what failed stays unsaid."""
    return case.answer is not None and not _NAMED_EXCEPTION.search(case.answer.low)


def sets_csrf_cookie(case: Case) -> bool:
    """The answer hands out a token against forgery,
    as a middleware does that has just refused a request without one."""
    return case.answer is not None and bool(re.search(r"csrf|xsrf", case.answer.get("set-cookie"), re.I))


def allows_reading_only(case: Case) -> bool:
    """A 405 that names the methods that it takes, or none: only those that read (files are served so),
    in Allow or in its words."""
    if case.answer is None:
        return False
    said = set(
        re.findall(r"\b(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)\b", case.answer.get("allow") or case.answer.visible)
    )
    return bool(said) and said <= {"GET", "HEAD", "OPTIONS"}


def retry_after(case: Case) -> bool:
    return case.answer is not None and "retry-after" in case.answer.headers


def repeats_status(answer: AnswerView) -> bool:
    """Whether an error body has a framework's form: JSON that repeats the answer's status as a number."""
    body = answer.json
    if not isinstance(body, dict):
        return False
    inner = body.get("error")
    parts = (body, inner) if isinstance(inner, dict) else (body,)
    return any(str(part.get(key)) == str(answer.status) for part in parts for key in _STATUS_KEYS)


def status_repeated(case: Case) -> bool:
    """An error body in a framework's form that says its status in number and words, and no more."""
    if case.answer is None or not repeats_status(case.answer):
        return False
    words = {word.strip(" .").lower() for word in case.answer.message.split("·")}
    return words <= {phrase(case.answer.status).lower(), case.request.path.lower(), "about:blank", ""}

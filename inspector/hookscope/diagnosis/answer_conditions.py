"""Named questions about the form of an answer: what stands in it beside its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookscope.diagnosis.case import Case
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


def names_no_exception(case: Case) -> bool:
    """No exception is named by its type: what failed stays unsaid."""
    return case.answer is not None and not _NAMED_EXCEPTION.search(case.answer.low)


def sets_csrf_cookie(case: Case) -> bool:
    """The answer hands out a token against forgery, as a middleware does that has just refused a request without one."""
    return case.answer is not None and bool(re.search(r"csrf|xsrf", case.answer.get("set-cookie"), re.I))


def retry_after(case: Case) -> bool:
    return case.answer is not None and "retry-after" in case.answer.headers

"""A recorded request that is none of a sender's but a handler's own call to an API: HAR files, curl lines and raw
requests hold both.

It is judged as a call that passed the gateway is: the subject is the API, and no handler refuses anything.
"""

from __future__ import annotations

from functools import lru_cache

from hookscope.api.answer import refusal_tables
from hookscope.api.credential import read_credential
from hookscope.api.directory import api_of_host
from hookscope.api.judge import Judge
from hookscope.diagnosis.case import Case
from hookscope.model.call import Call
from hookscope.model.finding import Finding
from hookscope_relay.delivery import header
from hookscope_relay.hosts import split_url


def call_of(case: Case) -> Call | None:
    """The call that a case is; None where it is a delivery: no known API has its host."""
    delivery, attempt = case.delivery, case.attempt
    url = split_url(delivery.url) if delivery.url.startswith(("http://", "https://")) else None
    host = (url.hostname if url else (header(delivery.headers, "host") or "").partition(":")[0]) or ""
    api = _name(host.lower())
    if not api:
        return None
    return Call(
        api=api,
        base=f"{url.scheme if url else delivery.scheme}://{host}",
        method=delivery.method,
        target=delivery.target,
        started_at=delivery.received_at,
        elapsed_ms=attempt.elapsed_ms if attempt else 0.0,
        headers=delivery.headers,
        body=delivery.body,
        body_bytes=len(delivery.body),
        answer=attempt.answer if attempt else None,
        failure=attempt.failure if attempt else None,
        credential=read_credential(delivery.headers, delivery.target),
    )


@lru_cache(maxsize=512)  # hosts are the senders' to choose
def _name(host: str) -> str:
    if host.startswith(("hook.", "hooks.")):  # where a service itself receives
        return ""
    if (known := api_of_host(host)) is not None:
        return known.name
    return next((table.api for table in refusal_tables().values() if table.owns(host)), "")


def call_findings(case: Case) -> tuple[Finding, ...] | None:
    """What is wrong with the call that a case is; None where it is a delivery."""
    call = call_of(case)
    return None if call is None else Judge().judge(call).findings

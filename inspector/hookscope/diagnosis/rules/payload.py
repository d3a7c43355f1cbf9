"""What the payload means: handshakes, aggregated events, and events that only say that something changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence, Finding
from hookscope.providers.handshake import Echo, wanted_back
from hookscope_relay.delivery import header_values

NOTION_FETCH = {
    "page": "GET /v1/pages/{id} (and /v1/blocks/{id}/children for its content)",
    "database": "GET /v1/databases/{id}",
    "data_source": "GET /v1/data_sources/{id}",
    "block": "GET /v1/blocks/{id}",
    "comment": "GET /v1/comments?block_id={id} (needs the comment capability)",
    "file_upload": "GET /v1/file_uploads/{id}",
    "view": "GET /v1/views/{id}",
}
"""Notion's entity type to the call that fetches it (developers.notion.com/reference/webhooks)."""

AGGREGATED = ("content_updated", "properties_updated", "schema_updated", "created", "deleted", "undeleted", "moved")


def _notion_event(case: Case) -> dict[str, Any] | None:  # Any: JSON values
    body = case.request.json
    if isinstance(body, dict) and isinstance(body.get("entity"), dict) and "subscription_id" in body:
        return body
    return None


@watches(
    "payload.sparse",
    "sparse-payload",
    examples=("Notion's page.content_updated names the page, not its content",),
    needs=needs.json_or_notice,
)
def sparse(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The event says what changed, not what it is now.

    Sees: the form of Notion's events, Stripe's thin events, and the empty notifications of Google and Microsoft Graph.
    Why: the state must be fetched, and may have moved on meanwhile.
    Do: make the call that the hint names.
    """
    found = _to_fetch(case)
    if found is not None:
        what, hint, needle = found
        at = case.request.body.find(needle.encode()) if needle else -1
        place = Evidence(what, "request.body", max(at, 0), at + len(needle) if at >= 0 else 0)
        yield Finding(
            code="payload.sparse",
            severity="info",
            cause="sparse-payload",
            layer="sender",
            product=case.sender,
            title="This event does not carry the object's state: it must be fetched",
            hint=hint,
            evidence=(place,),
            confidence=0.9,
        )


def _to_fetch(case: Case) -> tuple[str, str, str] | None:
    if (event := _notion_event(case)) is not None:
        entity = event["entity"]
        kind, ident = str(entity.get("type", "")), str(entity.get("id", ""))[:64]
        if kind in NOTION_FETCH:
            return f"the entity is {kind} {ident}", "Fetch it: " + NOTION_FETCH[kind].replace("{id}", ident), '"entity"'
    body = case.request.json
    if isinstance(body, dict) and body.get("object") == "v2.core.event" and "related_object" in body:
        return "a thin event of Stripe", "Fetch related_object.url, or the event itself", '"related_object"'
    if "x-goog-resource-state" in case.request.headers:
        return "a notification of Google without a body", "List the changes of the resource in X-Goog-Resource-URI", ""
    if isinstance(body, dict) and isinstance(body.get("list_folder"), dict):
        return "Dropbox names the accounts only", "Call list_folder/continue with the account's cursor", '"list_folder"'
    return None


@watches(
    "payload.aggregated",
    "aggregated",
    examples=("one page.content_updated for three edited blocks",),
    needs=needs.json_body,
)
def aggregated(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Several changes were put into one event.

    Sees: Notion's aggregated event types with more than one updated block or property, or a batch of events in one
    body.
    Why: fewer events arrive than changes were made, and not at once.
    Do: treat each entry, and do not count events.
    """
    event = _notion_event(case)
    data = event.get("data") if event else None
    if event is not None and isinstance(data, dict) and str(event.get("type", "")).rpartition(".")[2] in AGGREGATED:
        for key in ("updated_blocks", "updated_properties"):
            if isinstance(data.get(key), list) and len(data[key]) > 1:
                yield _several(case, len(data[key]), key.replace("_", " "), f'"{key}"')
                return
    body = case.request.json
    batch = body if isinstance(body, list) else None
    if batch is not None and len(batch) > 1 and all(isinstance(item, dict) for item in batch[:20]):
        yield _several(case, len(batch), "events in one delivery", "")


def _several(case: Case, count: int, what: str, needle: str) -> Finding:
    at = case.request.body.find(needle.encode()) if needle else 0
    return Finding(
        code="payload.aggregated",
        severity="info",
        cause="aggregated",
        layer="sender",
        product=case.sender,
        title=f"Several changes in one delivery: {count} {what}",
        hint="Treat each entry; fewer events arrive than changes were made",
        evidence=(Evidence(f"{count} {what}", "request.body", max(at, 0), max(at, 0) + len(needle)),),
        confidence=0.9,
    )


@watches(
    "payload.handshake",
    "handshake-unanswered",
    leads=True,
    examples=("Slack's url_verification answered with an empty 200", "a 401 to Meta's GET, which nobody signs"),
    needs=needs.handshake,
)
def handshake(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A provider's handshake wants something back, and the answer does not have it.

    Sees: a recognised handshake with a challenge, and an answer without it.
    Why: the subscription stays unverified, and no event will come.
    Do: answer with the challenge as the provider documents it.
    """
    answer = case.answer
    wanted = wanted_back(case.recognition.handshake if case.recognition else "", case.facts)
    if wanted is None or answer is None or _is_repeated(wanted, answer):
        return
    part, _, key = wanted.place.partition(".")
    needle = f'"{key.rpartition(".")[2]}"'
    at = case.request.body.find(needle.encode()) if part == "body" else -1
    place = {"body": "request.body", "query": "request.target"}.get(part, f"request.headers.{key}")
    yield Finding(
        code="payload.handshake",
        severity="error",
        cause="handshake-unanswered",
        layer="handler",
        product=case.sender,
        title="The provider's handshake wants its challenge back, and the answer does not have it",
        hint="Answer 200 with the challenge as the provider documents it"
        + (", before any signature is checked: this request has none" if answer.status in {400, 401, 403} else ""),
        evidence=(
            Evidence("the challenge", place, max(at, 0), at + len(needle) if at >= 0 else 0),
            Evidence(f"the answer is {answer.status} with {len(answer.answer.body)} bytes", "answer.body"),
        ),
        confidence=0.93,
    )


def _is_repeated(wanted: Echo, answer: AnswerView) -> bool:
    if wanted.header:
        return wanted.challenge in header_values(answer.answer.headers, wanted.header)
    return wanted.challenge in answer.body.decode("utf-8", "replace")


@watches(
    "payload.verification-token",
    "ok",
    examples=('Notion\'s {"verification_token": "secret_…"}',),
    needs=needs.json_body,
)
def verification_token(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Notion sent the verification token of a new subscription.

    Sees: a JSON object whose only key is verification_token.
    Why: nothing else is sent until the token is pasted at Notion; it is also the secret that signs the deliveries.
    Do: paste it under Verify, and keep it as the signing secret.
    """
    body = case.request.json
    if isinstance(body, dict) and list(body) == ["verification_token"] and isinstance(body["verification_token"], str):
        at = case.request.body.find(b'"verification_token"')
        yield Finding(
            code="payload.verification-token",
            severity="info",
            cause="ok",
            layer="sender",
            product="notion",
            title="Notion sent the verification token of a subscription",
            hint=(
                "Paste it at Notion under Webhooks → Verify; it is also the signing secret. Anyone who knows the URL"
                " can post one"
            ),
            evidence=(Evidence("verification_token", "request.body", max(at, 0), max(at, 0) + 20),),
            confidence=0.97,
        )


@watches(
    "payload.second-token",
    "unexpected-sender",
    examples=("a verification token came, and another one is kept already",),
    needs=needs.other_secret,
)
def second_token(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A handshake brought another signing secret than the one that is kept.

    Sees: a handshake's token that differs from the provider's kept secret.
    Why: a second subscription was made at the provider, or somebody who knows the URL posted a token of their own to be
    trusted by it.
    Do: keep it only if you made a subscription just now; until then it verifies nothing.
    """
    if case.other_secret:
        yield Finding(
            code="payload.second-token",
            severity="warning",
            cause="unexpected-sender",
            layer="sender",
            product=case.sender,
            title="A verification token came, though another one is kept: it replaces nothing",
            hint="If you made a new subscription just now, keep it with `hookscope secret set`; otherwise ignore it",
            evidence=(Evidence("the handshake's token is not the kept one", "request.body"),),
            confidence=0.95,
        )


RULES: tuple[Rule, ...] = (sparse, aggregated, handshake, verification_token, second_token)

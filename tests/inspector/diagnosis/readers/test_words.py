from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.words import headline, sayings
from hookscope.diagnosis.registry import OUTCOMES

SAID: list[tuple[int, str, str]] = [
    (401, "Invalid signature", "signature-rejected"),
    (403, "Request signatures didn't match!", "signature-rejected"),
    (401, "HMAC verification failed", "signature-rejected"),
    (403, "Webhook secret mismatch", "signature-rejected"),
    (400, "Webhook Error: No signatures found matching the expected signature for payload.", "signature-rejected"),
    (400, "signature does not match event payload and secret", "signature-rejected"),
    (400, "Twilio Request Validation Failed.", "signature-rejected"),
    (406, "bad sig", "signature-rejected"),
    (400, "No stripe-signature header value was provided.", "signature-missing"),
    (403, "x-hub-signature-256 header is missing!", "signature-missing"),
    (401, "Missing required headers", "signature-missing"),
    (400, "Required headers missing: x-github-event, x-hub-signature-256", "signature-missing"),
    (400, "Message timestamp too old", "timestamp-stale"),
    (400, "Timestamp outside the tolerance zone", "timestamp-stale"),
    (401, "nonce already used", "replay-detected"),
    (403, "Verification failed", "verification-failed"),
    (401, "Token expired", "token-expired"),
    (401, "Missing Authorization header", "bearer-missing"),
    (401, "Invalid API key", "api-key-missing"),
    (401, "Please log in", "session-required"),
    (403, "invalid csrf token", "csrf"),
    (403, "IP address 10.0.0.1 is not allowed", "ip-denied"),
    (429, "Too many requests", "rate-limited"),
    (409, "Event already processed", "duplicate-delivery"),
    (413, "request entity too large", "body-too-large"),
    (431, "Request header fields too large", "header-too-large"),
    (415, "Content-Type must be application/json", "unsupported-media-type"),
    (415, "unsupported charset", "unsupported-charset"),
    (400, "Unexpected token } in JSON at position 4", "bad-json"),
    (400, "Posted content must be of type application/json or multipart/form-data", "unsupported-media-type"),
    (403, "invalid_signing_secret", "signature-rejected"),
    (403, "bad_signature", "signature-rejected"),
    (401, "Not Authorized.", "signature-rejected"),
    (401, "No authorization token provided", "bearer-missing"),
    (403, "Host check error", "host-not-allowed"),
    (404, "Unknown host: 127.0.0.1", "host-route-mismatch"),
    (404, "no such location", "not-found"),
    (404, "Hook not found.", "not-found"),
    (404, "Document with signature field not found", "entity-not-found"),
    (410, "The document with a signature is gone", "gone"),
    (404, "signature not found", "signature-missing"),
    (404, "Invalid signature", "signature-rejected"),
    (404, "No such thing", "not-found"),
    (403, "form tampered with", "csrf"),
    (403, "form-urlencoded POST field did not match cookie", "csrf"),
    (403, "Security not found. Schemes not valid for any requirement: [['k']]", "auth-required"),
    (401, "Auth required.", "auth-required"),
    (400, "expected x-www-form-urlencoded", "unsupported-media-type"),
    (400, "No id found in the request", "missing-field"),
    (503, "connect ECONNREFUSED 10.0.0.7:3000", "upstream-down"),
    (503, "connect ECONNREFUSED 127.0.0.1:5432", "app-dependency-down"),
    (404, "No record found for id 'sub_81'", "entity-not-found"),
    (500, "KeyError in request handler: 'workspace'", "missing-field"),
    (500, "the code had hung and would never generate a response", "response-timeout"),
    (400, "Body cannot be empty", "empty-body"),
    (400, "Unsupported event type: x.y", "unsupported-event"),
    (422, "challenge is required", "missing-field"),
    (400, "BadRequest · tenant is missing", "missing-field"),
    (422, "challenge must be a string", "validation-error"),
    (400, "Missing parameter challenge", "missing-field"),
    (503, "database unavailable", "app-dependency-down"),
    (503, "We are down for maintenance", "maintenance"),
    (501, "Not implemented", "not-implemented"),
    (404, "page 153104cd not found", "entity-not-found"),
    (404, "Unknown workspace", "entity-not-found"),
    (404, "No customer with this id", "not-found"),
    (404, "Not found", "not-found"),
    (403, "Your plan does not include webhooks", "permission-denied"),
    (401, "Unauthorized", "signature-rejected"),
    (403, "Forbidden", "signature-rejected"),
    (401, "Authorization Required", "signature-rejected"),
    (401, "missing or malformed jwt", "bearer-missing"),
    (401, "jwt malformed", "token-malformed"),
    (400, "body must have required property 'challenge'", "validation-error"),
    (400, "Key: 'E.Challenge' Error:Field validation for 'Challenge' failed on the 'required' tag", "validation-error"),
    (500, "connect ECONNREFUSED 127.0.0.1:5432", "app-dependency-down"),
    (403, "our breadcrumb trail ends here", "permission-denied"),
    (400, "Input payload validation failed", "validation-error"),
    (403, "Twilio Request Validation Failed.", "signature-rejected"),
    (403, "Invalid hash", "signature-rejected"),
    (500, "RangeError: Input buffers must have the same byte length", "signature-rejected"),
    (500, "TypeError: fetch failed", "app-dependency-down"),
    (500, "Error: Multipart: Boundary not found", "malformed-request"),
    (403, "Access denied to IP address: 203.0.113.7", "ip-denied"),
    (403, "Function app.hook is not whitelisted", "permission-denied"),
    (401, "Authentication required", "auth-required"),
    (401, "The request requires a valid authorization token", "bearer-missing"),
    (422, "Not enough segments", "token-malformed"),
    (400, "Unable to verify your data submission.", "csrf"),
    (401, "Missing token", "bearer-missing"),
    (401, "Invalid basic auth credentials", "basic-auth"),
    (401, "Unauthorized. No permission -- see authorization schemes", "signature-rejected"),
    (400, "challenge required", "validation-error"),
    (400, "json: cannot unmarshal string into Go struct field E.id of type int", "validation-error"),
    (501, "That method is not implemented.", "method-not-allowed"),
    (502, "I/O timeout", "upstream-timeout"),
    (502, "connection refused", "upstream-down"),
    (502, "I/O error (head)", "upstream-bad-response"),
    (404, "HTTP 404 Not Found", "not-found"),
    (403, "403 error", "signature-rejected"),
    (403, "HTTPError 403", "signature-rejected"),
    (403, "Request did not include the secret token", "token-missing"),
    (401, "secret token is wrong", "signature-rejected"),
    (400, "digest differs", "signature-rejected"),
    (401, "Missing cookie access_token_cookie", "session-required"),
    (401, "Please authenticate yourself to use this endpoint.", "auth-required"),
    (400, "Invalid header received from client.", "malformed-request"),
    (406, "Not Acceptable: Client must accept both application/json and text/event-stream", "not-acceptable"),
    (500, "Bad Host", "host-not-allowed"),
    (400, "Tenant cannot be blank", "missing-field"),
    (400, "Required parameter 'tenant' not supplied", "missing-field"),
    (500, "Parse Error: Expected HTTP/, RTSP/ or ICE/", "upstream-bad-response"),
    (500, "socket hang up", "upstream-bad-response"),
    (400, "event type page.created is not enabled for this integration", "unsupported-event"),
    (409, "duplicate key value violates unique constraint", "duplicate-delivery"),
    (400, "duplicate key in object", "validation-error"),
    (400, "Expected payload to be of type string or Buffer.", "signature-rejected"),
]


@pytest.mark.parametrize(("status", "words", "cause"), SAID)
def test_a_handlers_words_name_the_cause(make_case: Callable[..., Case], status: int, words: str, cause: str) -> None:
    reading = likeliest(
        make_case(status, b'{"error":"%s"}' % words.encode(), sent_headers=(("X-Notion-Signature", "sha256=0"),))
    )
    assert reading is not None
    assert reading.cause == cause


def test_a_reason_phrase_of_its_own_is_read_too(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(401, b"", reason="Bad Signature"))
    assert reading is not None
    assert reading.cause == "signature-rejected"


def test_the_stack_of_an_exception_is_not_its_message(make_case: Callable[..., Case]) -> None:
    answer = make_case(500, b"Error: boom at verifySignature (/srv/app/signature.js:4:5)").answer
    assert answer is not None
    assert headline(answer) == "Error: boom"


def test_every_row_has_a_rule_and_lower_confidence_than_a_products_own_page() -> None:
    for row in sayings():
        assert row.cause in OUTCOMES
        assert row.confidence <= 0.92


@pytest.mark.parametrize(
    ("sent", "words", "cause"),
    [
        (b"{", "Content-Type is application/json but the content cannot be parsed as JSON", "bad-json"),
        (b"{}", "Content-Type is application/json but the content is unsupported", "unsupported-media-type"),
        (b"", "Invalid payload: body is required", "empty-body"),
        (b"{}", "Invalid payload: body is required", "validation-error"),
    ],
)
def test_what_was_sent_decides_between_words_that_fit_both(
    make_case: Callable[..., Case], sent: bytes, words: str, cause: str
) -> None:
    reading = likeliest(make_case(400, words.encode(), (("Content-Type", "text/plain"),), sent=sent))
    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(
    ("body", "layer"),
    [
        (b'{"detail":[{"loc":["body"],"msg":"Field required"}]}', "framework"),
        (b'{"message":"invalid data","errors":{"challenge":["is required"]}}', "framework"),
        (b'{"statusCode":400,"message":["challenge must be a string"]}', "framework"),
        (b'{"errors":[{"field":"challenge","message":"is required"}]}', "handler"),
        (b'{"errors":[{"message":"The query must be a string."}]}', "framework"),
        (b'{"error":"challenge must be a string"}', "handler"),
        (b'{"validation":{"body":{"keys":["name"]}},"message":"Validation failed"}', "framework"),
        (b'{"type":"validation","on":"body","message":"name should be there"}', "framework"),
        (b'{"detail":{"json":{"name":["Unknown field."]}},"message":"Validation error"}', "framework"),
        (b'{"name":"ValidationError","message":"Parameters validation error!","code":422}', "framework"),
    ],
)
def test_a_list_of_places_is_a_frameworks_validation(make_case: Callable[..., Case], body: bytes, layer: str) -> None:
    reading = likeliest(make_case(422, body, (("Content-Type", "application/json"),)))
    assert reading is not None
    assert (reading.cause, reading.layer) == ("validation-error", layer)


@pytest.mark.parametrize(
    "words",
    [
        "RuntimeError: db is down",
        "Either the server is overloaded or there is an error in the application.",
        "The server is unable to complete your request due to maintenance downtime or capacity problems.",
    ],
)
def test_what_servers_write_whatever_happened_names_nothing(make_case: Callable[..., Case], words: str) -> None:
    reading = likeliest(make_case(500, words.encode(), (("Content-Type", "text/plain"),)))
    assert reading is not None
    assert reading.cause == "app-exception"


@pytest.mark.parametrize(
    ("status", "body", "cause", "alternative"),
    [
        (422, b'{"status":422,"missing":["tenant"]}', "missing-field", "validation-error"),
        (400, b'{"missingFields":["tenant"]}', "missing-field", "validation-error"),
        (500, b"KeyError: 'tenant'", "missing-field", "app-exception"),
        (403, b"invalid signature", "signature-rejected", "signature-missing"),
        (403, b"We do not serve your plan", "permission-denied", "signature-missing"),
    ],
)
def test_what_words_leave_open_is_an_alternative(
    make_case: Callable[..., Case], status: int, body: bytes, cause: str, alternative: str
) -> None:
    reading = likeliest(make_case(status, body, provider="notion"))
    assert reading is not None
    assert reading.cause == cause
    assert alternative in reading.alternatives


def test_a_handlers_own_words_beat_a_page_that_frameworks_share(make_case: Callable[..., Case]) -> None:
    page = b"404 Not Found\n\nThe resource could not be found.\n\n no such subscription  "
    reading = likeliest(make_case(404, page, (("Content-Type", "text/plain; charset=UTF-8"),)))
    assert reading is not None
    assert reading.cause == "entity-not-found"


@pytest.mark.parametrize(
    ("status", "body", "sent_type", "more"),
    [
        (500, b'{"error":"connect ECONNREFUSED 127.0.0.1:48425"}', "application/json", "upstream-down"),
        (500, b'{"error":"connect ECONNREFUSED 127.0.0.1:5432"}', "application/json", ""),
        (422, b'{"error":"Missing data for required field."}', "text/plain", "unsupported-media-type"),
        (422, b'{"error":"Missing data for required field."}', "application/json", ""),
    ],
)
def test_the_request_says_what_words_leave_open(
    make_case: Callable[..., Case], status: int, body: bytes, sent_type: str, more: str
) -> None:
    case = make_case(status, body, sent=b'{"a":1}', sent_headers=(("Content-Type", sent_type),))
    reading = likeliest(case)
    assert reading is not None
    told = {"upstream-down", "unsupported-media-type"} & set(reading.alternatives)
    assert told == ({more} if more else set())


def test_a_page_that_repeats_its_status_is_read_behind_it(make_case: Callable[..., Case]) -> None:
    page = b"<!doctype html><title>400 Bad Request</title><h1>Bad Request</h1><p>text is missing</p>"
    reading = likeliest(make_case(400, page, (("Content-Type", "text/html"),)))
    assert reading is not None
    assert reading.cause == "missing-field"


def test_a_message_under_a_key_that_nobody_knows_is_read(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(401, b'{"why": "the signature does not match"}'))
    assert reading is not None
    assert reading.cause == "signature-rejected"

"""The developer's own code ran, or nearly: exceptions, crashes, refusals of its own."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


@explains(
    "handler.exception",
    "app-exception",
    "Your handler failed with an exception",
    examples=(
        "Express: 500 with a stack",
        "PHP: 200 with Fatal error",
    ),
)
def exception(case: Case, reading: Reading) -> str:
    """An exception escaped the handler.

    Sees: a framework's 500 page, a debug page, or a stack in the body.
    Why: the sender takes it for a failure and retries, which repeats the exception.
    Do: read the traceback in the log; catch what the payload can cause.
    """
    return "Read the traceback in the server's log"


@explains(
    "handler.crashed",
    "process-crash",
    "The handler's process crashed",
    examples=("node dies of an exception outside of Express",),
)
def crashed(case: Case, reading: Reading) -> str:
    """The process died during the request.

    Sees: a closed connection, then refused ones.
    Why: the event was not handled.
    Do: restart it and read its log.
    """
    return "Restart the handler and read its log"


@explains(
    "handler.worker-killed",
    "worker-killed",
    "{who} killed the worker that was busy with the delivery",
    examples=("gunicorn --timeout",),
)
def worker_killed(case: Case, reading: Reading) -> str:
    """The server's supervisor stopped a worker that took too long.

    Sees: gunicorn's own 500 page after its timeout.
    Why: the work was cut in the middle.
    Do: answer sooner, or raise the timeout.
    """
    return "Answer first and work later, or raise the worker timeout"


@explains(
    "handler.dependency-down",
    "app-dependency-down",
    "Your handler says that something it needs is down",
    examples=('503 {"error": "database unavailable"}',),
)
def dependency_down(case: Case, reading: Reading) -> str:
    """A database, queue or service behind the handler does not answer.

    Sees: a 5xx whose words name it.
    Why: the provider will retry; the delivery itself is fine.
    Do: start the dependency; queue deliveries so that they survive it.
    """
    return "Start what the message names; the delivery itself is fine"


@explains(
    "handler.not-implemented",
    "not-implemented",
    "Your handler is not implemented yet",
    examples=("501 Not implemented",),
)
def not_implemented(case: Case, reading: Reading) -> str:
    """The handler is a stub.

    Sees: a 501 or these words.
    Why: nothing was done.
    Do: implement it, or answer 200 until then.
    """
    return "Implement the handler, or answer 200 until then"


@explains(
    "handler.unusual-status",
    "unusual-status",
    "Your handler answers with the unusual status {status}",
    examples=(
        "418",
        "999 Request denied",
    ),
)
def unusual_status(case: Case, reading: Reading) -> str:
    """A status that senders do not expect.

    Sees: a status outside of the common ones.
    Why: providers treat what is not 2xx as failed.
    Do: answer with a common status.
    """
    return "Answer with a common status: providers treat what is not 2xx as failed"


@explains(
    "handler.unsupported-event",
    "unsupported-event",
    "Your handler refuses this type of event",
    severity="warning",
    examples=("400 `Unsupported event type`",),
)
def unsupported_event(case: Case, reading: Reading) -> str:
    """The handler does not know the event's type, and answers with an error.

    Sees: the words of the refusal.
    Why: the provider retries, and may disable the subscription.
    Do: answer 200 to types that you do not handle, or unsubscribe from them.
    """
    return "Answer 2xx to event types that you do not handle, or unsubscribe from them"


@explains(
    "handler.duplicate",
    "duplicate-delivery",
    "Your handler says that it has processed this event before",
    severity="warning",
    examples=("409 `already processed`",),
)
def duplicate(case: Case, reading: Reading) -> str:
    """The handler recognises the event and answers with an error.

    Sees: a 409 or these words.
    Why: the provider retries because of the error, and gets it again.
    Do: answer 200 to duplicates.
    """
    return "Answer 2xx to duplicates: an error makes the provider send the event again"


@explains(
    "handler.replay-detected",
    "replay-detected",
    "Your handler takes the delivery for a replay",
    examples=("401 `nonce already used`",),
)
def replay_detected(case: Case, reading: Reading) -> str:
    """The handler has seen this nonce or id and refuses it.

    Sees: the words of the refusal.
    Why: replays by hookscope carry the same nonce.
    Do: deliver a fresh event, or re-sign the replay.
    """
    return "Deliver a fresh event, or re-sign the replay with a new nonce"


@explains(
    "handler.timestamp-stale",
    "timestamp-stale",
    "Your handler says that the signature's timestamp is too old",
    examples=("Stripe: Timestamp outside the tolerance zone",),
)
def timestamp_stale(case: Case, reading: Reading) -> str:
    """The signed timestamp is outside of the tolerance.

    Sees: the words of the signature library.
    Why: the delivery is a replay or waited in a queue, or a clock is wrong.
    Do: re-sign replays (`hookscope replay --resign`); check this machine's clock.
    """
    return "Re-sign replays (`hookscope replay --resign`), and check this machine's clock"


@explains(
    "handler.verification-failed",
    "verification-failed",
    "Your handler refuses the provider's handshake",
    examples=("Meta's hub.verify_token: 403 Verification failed",),
)
def verification_failed(case: Case, reading: Reading) -> str:
    """The subscription handshake did not succeed.

    Sees: the words of the refusal.
    Why: no event will be sent until it does.
    Do: return the challenge, and use the same verify token on both sides.
    """
    return "Return the challenge as the provider documents it, and use the same verify token on both sides"


@explains(
    "handler.signature-missing",
    "signature-missing",
    "Your handler misses a signature header",
    examples=(
        "svix: Missing required headers",
        "GitHub: x-hub-signature-256 header is missing!",
    ),
)
def signature_missing(case: Case, reading: Reading) -> str:
    """The handler's library wants signature headers that this delivery does not have.

    Sees: the words of the library.
    Why: another provider sent this, the sender has no secret configured, or a proxy dropped the header.
    Do: configure the secret at the sender; check the header's name.
    """
    return "Configure the signing secret at the sender, and check which header the library wants"


@explains(
    "handler.signature-rejected",
    "signature-rejected",
    "Your handler refuses the delivery, most likely for its signature",
    examples=(
        "401 `Invalid signature`",
        "a bare 401 or 403 of a handler",
    ),
)
def signature_rejected(case: Case, reading: Reading) -> str:
    """The handler computed another signature than the one that came.

    Sees: the words of a signature check; or a bare 401 or 403 that no framework's own check explains.
    Why: another secret is in use, or the body was re-serialised before it was checked.
    Do: use the same signing secret on both sides and check the raw body; `hookscope verify` says which mistake was
    made.
    """
    return (
        "Use the same signing secret on both sides and verify the raw body; `hookscope verify NUMBER` finds the mistake"
    )


RULES: tuple[Rule, ...] = (
    exception,
    crashed,
    worker_killed,
    dependency_down,
    not_implemented,
    unusual_status,
    unsupported_event,
    duplicate,
    replay_detected,
    timestamp_stale,
    verification_failed,
    signature_missing,
    signature_rejected,
)

"""Authentication and permission: who asked for what, and how a webhook gets past it."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains
from hookscope_relay.made_answers import phrase

_EXEMPT = "Take this check off the webhook's route, and verify the provider's signature there instead"


@explains(
    "auth.bearer",
    "bearer-missing",
    "{who} asks for a bearer token",
    examples=("FastAPI's HTTPBearer answers 401 Not authenticated",),
)
def bearer(case: Case, reading: Reading) -> str:
    """A bearer token or JWT is expected in Authorization.

    Sees: a 401 with WWW-Authenticate: Bearer, or the words of a JWT library.
    Why: providers sign their deliveries; they carry no token of yours.
    Do: leave the token check off the webhook's route.
    """
    return _EXEMPT


@explains(
    "auth.api-key",
    "api-key-missing",
    "{who} asks for an API key",
    examples=('Echo\'s KeyAuth: {"message": "missing key in request header"}',),
)
def api_key(case: Case, reading: Reading) -> str:
    """An API key is expected in a header or parameter.

    Sees: the words of an API-key check.
    Why: providers send no key of yours unless the URL carries it.
    Do: leave the check off the webhook's route, or put the key into the URL where that is accepted.
    """
    return _EXEMPT


@explains(
    "auth.token",
    "token-missing",
    "{who} asks for a token",
    examples=("DRF's TokenAuthentication answers 401 with WWW-Authenticate: Token",),
)
def token(case: Case, reading: Reading) -> str:
    """A token of the application's own is expected.

    Sees: a 401 with WWW-Authenticate: Token.
    Why: providers do not have one.
    Do: leave the check off the webhook's route.
    """
    return _EXEMPT


@explains(
    "auth.session",
    "session-required",
    "{who} wants a logged-in session",
    examples=("Flask-Login answers 401", "Laravel answers 401 Unauthenticated."),
)
def session(case: Case, reading: Reading) -> str:
    """The route is for logged-in users.

    Sees: the refusal of a session or login middleware.
    Why: a provider has no session.
    Do: take the login requirement off the webhook's route.
    """
    return _EXEMPT


@explains(
    "auth.required",
    "auth-required",
    "{who} wants the sender to authenticate",
    examples=("nginx' auth_request answers 401",),
)
def required(case: Case, reading: Reading) -> str:
    """Some authentication stands in front of the webhook, and the answer does not say which.

    Sees: a 401 or 407 in the form of a proxy or framework.
    Why: providers cannot log in.
    Do: exempt the webhook's path.
    """
    return _EXEMPT


@explains(
    "auth.permission",
    "permission-denied",
    "Your handler refuses the delivery for a reason of its own",
    examples=("403 `Your plan does not include webhooks`",),
)
def permission(case: Case, reading: Reading) -> str:
    """The application's own code refused.

    Sees: a 402 or 403 with words of its own.
    Why: a plan, role or setting is missing; a provider should not retry a 403.
    Do: read the message.
    """
    answer = case.answer
    said = answer is not None and answer.message.strip(" .").lower() not in {"", phrase(answer.status).lower()}
    where = "the message" if said else f"{answer.status if answer else 'the status'}; the answer does not say why"
    return f"Your own code decides this: look where it answers with {where}"


RULES: tuple[Rule, ...] = (
    *explained("auth"),
    bearer,
    api_key,
    token,
    session,
    required,
    permission,
)

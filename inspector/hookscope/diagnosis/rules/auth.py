"""Authentication and permission: who asked for what, and how a webhook gets past it."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains
from hookscope_relay.made_answers import phrase

_EXEMPT = "Take this check off the webhook's route, and verify the provider's signature there instead"


@explains(
    "auth.basic",
    "basic-auth",
    "{who} asks for a user name and password",
    examples=("401 with WWW-Authenticate: Basic",),
)
def basic(case: Case, reading: Reading) -> str:
    """HTTP Basic authentication stands in front of the webhook.

    Sees: a 401 with WWW-Authenticate: Basic.
    Why: most providers send no credentials of yours.
    Do: put user:password@ into the webhook URL where the provider allows it, or take Basic off the route.
    """
    return (
        "Put user:password@ into the webhook URL where the provider allows that, or take Basic authentication off this"
        " path"
    )


@explains(
    "auth.digest", "digest-auth", "{who} asks for Digest authentication", examples=("Apache httpd's AuthType Digest",)
)
def digest(case: Case, reading: Reading) -> str:
    """HTTP Digest authentication stands in front of the webhook.

    Sees: a 401 with WWW-Authenticate: Digest.
    Why: no provider can do Digest.
    Do: take it off the webhook's path.
    """
    return "No provider can do Digest: take it off the webhook's path"


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
    "auth.token-expired",
    "token-expired",
    "{who} says that a token has expired",
    examples=('{"message": "Token expired"}',),
)
def token_expired(case: Case, reading: Reading) -> str:
    """A token was there and is no longer valid.

    Sees: the words of the refusal.
    Why: a token in the URL or header was rotated, or the handler's own token towards an API ran out.
    Do: renew the token.
    """
    return "Renew the token that the message speaks of"


@explains("auth.token-malformed", "token-malformed", "{who} cannot read the token", examples=("401 `jwt malformed`",))
def token_malformed(case: Case, reading: Reading) -> str:
    """A token was there and is not one.

    Sees: the words of a token library.
    Why: another scheme's value stands in Authorization, or it was cut.
    Do: compare the header with what the library expects.
    """
    return "Compare the Authorization header with what the library expects"


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
    "auth.guard",
    "guard-denied",
    "{who}'s guard refused the delivery",
    examples=("Nest answers 403 Forbidden resource",),
)
def guard(case: Case, reading: Reading) -> str:
    """An authorisation guard or policy of the framework refused.

    Sees: the framework's own words for it.
    Why: the guard applies to all routes, the webhook's included.
    Do: mark the webhook's route public.
    """
    return "Mark the webhook's route as public for the guard"


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


@explains(
    "auth.client-certificate",
    "client-cert-required",
    "{who} wants a client certificate",
    examples=("nginx: 400 No required SSL certificate was sent",),
)
def client_certificate(case: Case, reading: Reading) -> str:
    """Mutual TLS is required.

    Sees: nginx' page, or a failed handshake.
    Why: providers and forwarders present no certificate unless told.
    Do: skip mutual TLS for the webhook's path.
    """
    return "Skip mutual TLS for the webhook's path, or forward to a port without it"


@explains(
    "auth.service-down",
    "auth-service-down",
    "The authentication service behind {who} does not answer",
    examples=("nginx' auth_request answers 500",),
)
def service_down(case: Case, reading: Reading) -> str:
    """The proxy asks another service for permission, and that one is down.

    Sees: nginx' own 500 page, which it gives when auth_request fails.
    Why: no request gets through until it is back.
    Do: start the service, or exempt the webhook's path.
    """
    return (
        "Start the authentication service, or exempt the webhook's path from it; the proxy's error log names the"
        " failure"
    )


@explains(
    "auth.url-signature",
    "url-signature",
    "{who} checks a signed URL, and this URL has no valid signature",
    examples=("Laravel's ValidateSignature answers 403 Invalid signature.",),
)
def url_signature(case: Case, reading: Reading) -> str:
    """A middleware checks the signature of the URL, not the webhook's.

    Sees: the framework's page with these words.
    Why: it has nothing to do with the provider's signature header.
    Do: take the middleware off the webhook's route.
    """
    return "Take the signed-URL middleware off: it does not check the webhook's signature"


RULES: tuple[Rule, ...] = (
    basic,
    digest,
    bearer,
    api_key,
    token,
    token_expired,
    token_malformed,
    session,
    required,
    guard,
    permission,
    client_certificate,
    service_down,
    url_signature,
)

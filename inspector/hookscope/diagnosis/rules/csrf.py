"""CSRF protection: made for forms in browsers, in the way of webhooks. Refusals wear 400, 401, 403, 419 and 422."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


@explains(
    "csrf.refused",
    "csrf",
    "{who}'s CSRF protection refused the delivery",
    examples=(
        "Django: 403 CSRF verification failed",
        "Laravel: 419 Page Expired",
        "Rails: 422",
        "Flask-WTF and Pyramid: 400",
    ),
)
def refused(case: Case, reading: Reading) -> str:
    """The framework wants a CSRF token, which only its own pages have.

    Sees: the framework's page or message, whatever status it wears.
    Why: your code did not run. A provider has neither the cookie nor the token.
    Do: exempt the webhook's route from CSRF protection, and verify the provider's signature there instead.
    """
    return "Exempt the webhook's route from CSRF protection, and verify the provider's signature there instead"


@explains(
    "csrf.preflight",
    "cors-preflight",
    "{who} refuses a CORS preflight: this request came from a page in a browser",
    examples=("OPTIONS with Access-Control-Request-Method answered 400 Disallowed CORS origin",),
)
def preflight(case: Case, reading: Reading) -> str:
    """A browser asked whether a page may send this.

    Sees: OPTIONS with Access-Control-Request-Method and a refusal, or the words of a CORS middleware.
    Why: webhooks are not sent by browsers; somebody tests from a page.
    Do: test with curl or `hookscope send`, or allow the origin.
    """
    return "Webhooks are not sent by browsers: test with curl or `hookscope send`, or allow the page's origin"


RULES: tuple[Rule, ...] = (refused, preflight)

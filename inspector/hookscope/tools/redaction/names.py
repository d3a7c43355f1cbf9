"""Which fields hold secrets and e-mail addresses, by their names: rows to review, and how a name is compared with them.

A name is compared by its last part (`user[api_key]` and `user.api_key` are `api_key`), without case and separators
(`apiKey`, `Api-Key` and `api_key` are `apikey`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_letters, digits

LONGEST_NAME = 200

# The whole name.
SECRET_NAMES = frozenset(
    {
        "pass",
        "pwd",
        "pw",
        "auth",
        "authorization",
        "bearer",
        "jwt",
        "otp",
        "totp",
        "pin",
        "cvv",
        "cvv2",
        "cvc",
        "ssn",
        "cardnumber",
        "creditcardnumber",
        "clientstate",
        "csrf",
        "xsrf",
        "phpsessid",
        "jsessionid",
        "cfwebhookauth",
    }
)
# How a name ends; the plural counts too, but not for numbers: `total_tokens` is a count.
SECRET_ENDINGS = (
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authkey",
    "accountkey",
    "sharedkey",
    "subscriptionkey",
    "functionskey",
    "licensekey",
    "credential",
    "sessionid",
    "sessionkey",
    "cookie",
    "connectionstring",
)
# Places in a list of pages: they open nothing.
NOT_SECRET = frozenset({"nexttoken", "pagetoken", "nextpagetoken", "prevpagetoken", "continuationtoken", "synctoken"})
# An object of this name is about a secret, and not made of secrets (Paystack's `authorization`).
SCALARS_ONLY = frozenset({"auth", "authorization"})

# Fields that hold addresses beside other words (`Ann <ann@corp.example>`). A value that is an address and nothing else
# needs no name.
EMAIL_ENDINGS = ("email", "emails", "mail", "emailaddress", "emailaddresses")
EMAIL_NAMES = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "replyto",
        "returnpath",
        "deliveredto",
        "sender",
        "recipient",
        "recipients",
        "author",
        "committer",
        "user",
        "username",
        "login",
        "owner",
        "contact",
        "customer",
        "assignee",
        "address",
        "attendee",
        "attendees",
        "organizer",
        "creator",
        "reporter",
        "subscriber",
        "member",
        "actor",
        "headers",
        "envelope",
    }
)
# `{"name": "API_TOKEN", "value": "…"}`: the first says what the second is.
NAMING = frozenset({"name", "key", "field", "property", "propertyname", "variable", "label", "id"})
NAMED = frozenset({"value", "val", "text", "answer", "content", "default"})

COOKIE_HEADERS = frozenset({"cookie", "cookie2", "set-cookie", "set-cookie2"})
# Headers whose names do not say by the rules above that they hold a credential.
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "authentication",
        "x-authorization",
        "x-forwarded-authorization",
        "x-original-authorization",
        "x-auth",
        "x-amz-security-token",
        "x-goog-iap-jwt-assertion",
        "cf-access-jwt-assertion",
        "cf-access-client-id",
        "cf-webhook-auth",
        "x-ms-token-aad-id-token",
        "x-amzn-oidc-data",
        "x-serverless-authorization",
        "x-client-cert",
        "x-ssl-client-cert",
        "x-forwarded-client-cert",
        "x-hookdeck-api-key",
        "x-hasura-admin-secret",
        "dd-api-key",
        "dd-application-key",
        "api-key",
        "apikey",
        "x-rapidapi-key",
        "x-master-key",
        "x-service-key",
        "x-webhook-key",
        "x-shared-key",
    }
)

_PARTS = re.compile(r"[\[\].]+")
_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def comparable(name: str) -> str:
    """The name as it is compared: its last part, lower case, letters and digits only."""
    name = name[-LONGEST_NAME:]
    if name.isalnum():
        return name.lower()
    parts = [part for part in _PARTS.split(name) if part]
    return _SEPARATORS.sub("", parts[-1]).lower() if parts else ""


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field of that name holds a secret, or several."""
    plain = name.lower() if name.isalnum() and len(name) <= LONGEST_NAME else comparable(name)
    return _is_one(plain) or (plain[-1:] == "s" and _is_one(plain[:-1]))


def is_one_secret(name: str) -> bool:
    """Whether a field of that name holds one secret; what a number must be to be one."""
    return _is_one(comparable(name))


def _is_one(plain: str) -> bool:
    return plain in SECRET_NAMES or (plain.endswith(SECRET_ENDINGS) and plain not in NOT_SECRET)


@lru_cache(maxsize=4096)
def holds_emails(name: str) -> bool:
    """Whether a field of that name may hold e-mail addresses among other words."""
    plain = comparable(name)
    return plain in EMAIL_NAMES or plain.endswith(EMAIL_ENDINGS)


@lru_cache(maxsize=1024)
def is_secret_header(name: str) -> bool:
    """Whether a header holds a credential. A signature is none: it proves one message and opens nothing."""
    lower = name.lower()
    return lower in SECRET_HEADERS or is_one_secret(lower.rpartition(".")[2])


@lru_cache(maxsize=64)
def harmless_ends(fields: frozenset[str] = frozenset()) -> str:
    """Letters and digits that no name ends in that holds or names a secret, these fields' included: a name that does so
    is none, whatever stands before."""
    last = {name[-1] for name in (*SECRET_NAMES, *SECRET_ENDINGS, *NAMING, *NAMED, *fields)} | {"s"}
    return "".join(letter for letter in digits + ascii_letters if letter.lower() not in last)

"""What a credential explains of a refusal: what is wrong with its form, in words, and that it is of a kind that opens
something else."""

from __future__ import annotations

from collections.abc import Mapping

from hookscope.api.credential import token_kinds
from hookscope.api.directory import Api
from hookscope.model.call import Credential

# What is wrong with a token's form, in words behind "malformed: ".
FAULTS: Mapping[str, str] = {
    "empty": "nothing stands behind the scheme",
    "invisible": "it holds a character that is not seen, such as a zero-width space",
    "newline": "it ends in a line break",
    "bytes": "it is the text of a Python bytes object (b'…')",
    "quoted": "quotes stand around it",
    "unexpanded": "a variable in it was not expanded",
    "twice": "the scheme stands in it twice",
    "variable": "it is the name of a variable, not its value",
    "nothing": "it is the text of a value that is not there",
    "placeholder": "it is a placeholder",
    "masked": "it is a masked copy, not the token",
    "space": "it holds a space",
    "encoded": "it is encoded for a URL",
    "cut": "it is cut off",
    "scheme": "the scheme before it is not the API's",
}
FIXES: Mapping[str, str] = {
    "newline": "Strip it: it was read from a file or an environment with a line break at its end",
    "quoted": "Take the quotes out of the variable, the .env file or the container's environment",
    "unexpanded": (
        "Let the shell or the framework expand the variable: single quotes, and files that are not a shell's, do not"
    ),
    "variable": "Read the variable instead of sending its name",
    "nothing": (
        "The variable is not set where the handler runs: set it, and let the handler stop at start where it is missing"
    ),
    "empty": (
        "The variable is not set where the handler runs: set it, and let the handler stop at start where it is missing"
    ),
    "twice": "Give the client the token alone: it adds the scheme itself",
    "bytes": "Decode the bytes before they go into the header",
    "placeholder": "Replace the example's placeholder by the token",
    "masked": "Copy the token where it is shown in full, which most APIs do once: else make a new one",
    "cut": "Copy it whole: the end is missing",
    "space": "Take the space out of the variable",
    "invisible": "Type or copy the token anew, without what a web page or document put beside it",
    "encoded": "Send the token as it is",
}
ROLES: Mapping[str, str] = {
    "refresh": "which is exchanged for a token and opens nothing itself",
    "publishable": "which is for browsers",
    "signing": "which is for verifying deliveries and opens nothing",
    "client": "which is for asking for tokens",
    "ended": "which the API takes no more",
}


def fault_of(credential: Credential, api: Api) -> str:
    """What is wrong with its form, the scheme before it included; empty where nothing is."""
    if credential.fault:
        return credential.fault
    is_odd = credential.place == "Authorization" and credential.scheme.lower() not in api.schemes
    return "scheme" if (api.name and is_odd) or credential.scheme.endswith(":") else ""


def fix_of(fault: str, api: Api) -> str:
    """What to do about a fault."""
    if fault != "scheme":
        return FIXES[fault]
    wanted = next((scheme for scheme in api.schemes if scheme), "bearer").capitalize()
    return f"Send `Authorization: {wanted} TOKEN`{' or the token alone' if '' in api.schemes else ''}"


def describe_kind(credential: Credential, api: Api, title: str) -> str:
    """The words for a kind of token that the API does not take; empty where it takes it, or its kind is not known."""
    kind = token_kinds().get(credential.kind)
    if kind is None or credential.kind in api.tokens:
        return ""
    whose = f"{kind.title} of {kind.owner}" if kind.owner else kind.title
    if kind.role != "token":
        return f"{whose}, {ROLES[kind.role]}"
    return f"{whose}, another provider's" if kind.owner and title and kind.owner.lower() != title.lower() else ""

"""Which variables of a project's `.env` hold a provider's secret: to be compared by fingerprint, not to sign with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hookscope.model.secret import Secret
from hookscope.secrets.dotenv import read_dotenv
from hookscope_relay.errors import HookscopeError

FILE = Path(".env")
_SECRET = re.compile(r"SECRET|TOKEN|KEY")


def read_project_env(provider: str, kept: Secret, environ: Mapping[str, str], file: Path = FILE) -> tuple[Secret, ...]:
    """The secrets in the `.env` of this folder that are the kept one, or that a variable calls the provider's.

    Each is named by its variable; none where there is no such file.
    """
    try:
        variables = read_dotenv(file, environ)
    except HookscopeError:
        return ()
    name = provider.upper().replace("-", "_")
    found = [Secret(provider, variable, value) for variable, value in variables.items() if value]
    return tuple(
        secret
        for secret in found
        if secret.value == kept.value or (name in secret.name.upper() and _SECRET.search(secret.name.upper()))
    )

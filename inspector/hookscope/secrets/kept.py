"""Where signing secrets are kept: environment, `.env` when asked, the system's keyring where there is one,
else `secrets.toml` (0600).

`secrets.toml` in the data directory has a table a provider; a key is a secret's name, its value the secret, or `{
keyring = true }` where the keyring holds it. Several secrets a provider are welcome: rotation and environments. Nothing
here prints or logs a secret.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hookscope.config.private_folder import make_private
from hookscope.config.settings import Places
from hookscope.model.errors import RefusedForSafety
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.secrets.dotenv import read_dotenv
from hookscope_relay.errors import CannotWrite, DamagedFile, InputError

VARIABLE = "HOOKSCOPE_SECRET_"
FILE = "secrets.toml"
DEFAULT = "default"
CANDIDATE = "candidate"
KEYRING_SERVICE = "hookscope"
MAX_SECRET_BYTES = 64 * 1024

# Options of commands whose variables begin as those of secrets do.
NOT_SECRETS = frozenset({"HOOKSCOPE_SECRET_FILE"})

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# What projects call their secrets, after the provider's name.
DOTENV_ENDINGS = (
    "WEBHOOK_SIGNING_SECRET",
    "WEBHOOK_SECRET",
    "WEBHOOK_KEY",
    "WEBHOOK_TOKEN",
    "SIGNING_SECRET",
    "SIGNING_KEY",
    "VERIFICATION_TOKEN",
    "ENDPOINT_SECRET",
    "HMAC_KEY",
    "PUBLIC_KEY",
)


def load_secrets(environ: Mapping[str, str], places: Places, dotenv: Path | None = None) -> tuple[Secret, ...]:
    """Every configured secret, each value once a provider; the environment comes first, then `dotenv`,
    then what was kept."""
    found: dict[tuple[str, bytes], Secret] = {}
    for secret in (*_from_environment(environ), *_from_dotenv(dotenv, environ), *_kept(places)):
        found.setdefault((secret.provider, secret.value), secret)
    return tuple(found.values())


def mark_of(places: Places, dotenv: Path | None = None) -> tuple[tuple[int, int], ...]:
    """What differs once a secret was kept or forgotten, or `dotenv` written: the times and sizes of the files."""
    found = []
    for path in (places.data / FILE, *([dotenv] if dotenv else [])):
        try:
            state = path.stat()
            found.append((state.st_mtime_ns, state.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)


def is_candidate(secret: Secret) -> bool:
    """Whether it only came in a handshake while another was known: anyone who has the URL can post one,
    so it proves nothing."""
    return secret.name.startswith(CANDIDATE)


def keep_secret(
    places: Places,
    provider: str,
    value: str | bytes,
    *,
    name: str = DEFAULT,
    candidate: bool = False,
    replace: bool = False,
    use_keyring: bool = True,
) -> Secret:
    """Keep a provider's secret and return it under the name it now has.

    A `candidate` is kept beside what is there, under a name of its own, and a value that is already kept stays where it
    is. Without `replace` another secret of the same name is never overwritten: `InputError`.
    """
    secret = Secret(provider, name, value)
    _check(secret)
    table = _read(places)
    known = table.get(secret.provider, {})
    for kept in _kept(places, secret.provider):
        if kept.value == secret.value:
            return kept
    name = _free_name(known) if candidate and known else name
    if name in known and not replace:
        raise InputError(
            f"{secret.provider} already has a secret named {name}", "give it another --name, or --replace the old one"
        )
    kept = Secret(secret.provider, name, secret.value)
    in_keyring = use_keyring and _put_in_keyring(kept)
    entry: object = {"keyring": True} if in_keyring else kept.value.decode("utf-8")
    table[secret.provider] = {**known, name: entry}
    _write(places, table)
    return kept


def forget_secret(places: Places, provider: str, name: str = DEFAULT) -> bool:
    """Remove a kept secret, from the keyring too; False where there was none."""
    table = _read(places)
    known = dict(table.get(provider, {}))
    if name not in known:
        return False
    if isinstance(known.pop(name), dict):
        _drop_from_keyring(provider, name)
    table[provider] = known
    _write(places, {key: value for key, value in table.items() if value})
    return True


def provider_of_variable(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    """The provider and the secret's name that a variable's ending stands for: `STRIPE_STAGING` is (`stripe`,
    `staging`)."""
    words = name.lower().replace("_", "-")
    for provider in sorted(known, key=len, reverse=True):
        if words == provider:
            return provider, DEFAULT
        if words.startswith(provider + "-"):
            return provider, words.removeprefix(provider + "-")
    return words, DEFAULT


def _from_environment(environ: Mapping[str, str]) -> Iterator[Secret]:
    known = load_providers().names
    for variable in sorted(environ):
        if variable.startswith(VARIABLE) and variable not in NOT_SECRETS and environ[variable]:
            provider, name = provider_of_variable(variable.removeprefix(VARIABLE), known)
            yield Secret(provider, name, environ[variable])


def _from_dotenv(path: Path | None, environ: Mapping[str, str]) -> Iterator[Secret]:
    if path is None:
        return
    variables = read_dotenv(path, environ)
    yield from _from_environment(variables)
    known = load_providers().names
    for variable, value in variables.items():
        ending = next((ending for ending in DOTENV_ENDINGS if variable.endswith("_" + ending)), "")
        if ending and value and not variable.startswith(VARIABLE):
            provider = variable.removesuffix("_" + ending).lower().replace("_", "-")
            if provider in known:
                yield Secret(provider, ".env", value)


def _kept(places: Places, provider: str = "") -> Iterator[Secret]:
    for owner, secrets in _read(places).items():
        for name, value in secrets.items() if provider in ("", owner) else ():
            held = _from_keyring(owner, name) if isinstance(value, dict) else value
            if isinstance(held, str) and held:
                yield Secret(owner, name, held)


def _read(places: Places) -> dict[str, dict[str, Any]]:
    path = places.data / FILE
    try:
        text = path.read_text("utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedFile(f"{path} cannot be read: {error}", "correct it or move it away") from None
    if os.name == "posix" and mode & 0o077:
        raise RefusedForSafety(f"{path} is readable by others", f"run `chmod 600 {path}`")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DamagedFile(f"{path} is not valid TOML: {error}", "correct it or move it away") from None
    return {provider: dict(table) for provider, table in tables.items() if isinstance(table, dict)}


def _write(places: Places, table: Mapping[str, Mapping[str, Any]]) -> None:
    lines = []
    for provider, secrets in sorted(table.items()):
        lines.append(f"[{_quoted(provider)}]")
        for name, value in secrets.items():
            shown = "{ keyring = true }" if isinstance(value, dict) else _quoted(value)
            lines.append(f"{_quoted(name)} = {shown}")
        lines.append("")
    path = places.data / FILE
    try:
        make_private(path.parent)
        # mkstemp makes the file 0600 from the start; the rename makes a reader see the old file or the new one.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        Path(temporary).replace(path)
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be written: {error.strerror}", "make room, or correct the folder's permissions"
        ) from None


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's form is one, save that TOML wants DEL escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _check(secret: Secret) -> None:
    if not secret.value or len(secret.value) > MAX_SECRET_BYTES:
        raise InputError("a secret has between 1 byte and 64 KiB", "give the secret itself")
    if not NAME.fullmatch(secret.name or DEFAULT) or not NAME.fullmatch(secret.provider):
        raise InputError(
            "provider and name are letters, digits, dots, hyphens and underscores", "choose another --name"
        )
    try:
        secret.value.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("the secret is not UTF-8 text", "give it as the provider shows it") from None


def _free_name(known: Mapping[str, Any]) -> str:
    name, number = CANDIDATE, 1
    while name in known:
        number += 1
        name = f"{CANDIDATE}-{number}"
    return name


def _keyring() -> Any:  # Any: an optional library without types
    """The `keyring` library with a backend that really keeps something; None where there is none."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    backend = type(keyring.get_keyring()).__module__
    return None if backend in ("keyring.backends.fail", "keyring.backends.null") else keyring


def _put_in_keyring(secret: Secret) -> bool:
    ring = _keyring()
    if ring is None:
        return False
    try:
        ring.set_password(KEYRING_SERVICE, f"{secret.provider}/{secret.name}", secret.value.decode("utf-8"))
    except Exception:  # a locked or broken keyring has errors of every library beneath it; the file serves instead
        return False
    return True


def _from_keyring(provider: str, name: str) -> str | None:
    ring = _keyring()
    try:
        value = ring.get_password(KEYRING_SERVICE, f"{provider}/{name}") if ring else None
    except Exception:  # as above: a secret that cannot be had is as good as not configured
        return None
    return value if isinstance(value, str) else None


def _drop_from_keyring(provider: str, name: str) -> None:
    ring = _keyring()
    try:
        if ring:
            ring.delete_password(KEYRING_SERVICE, f"{provider}/{name}")
    except Exception:  # noqa: S110  # already gone, or the keyring is locked: our own record of it goes all the same
        pass

"""The tables `[[alert]]` of a configuration file as alerts; what makes no sense is named with its line and key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, cast, get_args

from hookscope.alerts.alert import Alert, Form, Kind, Secrets, Webhook
from hookscope.alerts.forms import signing_key
from hookscope.config.toml_file import TomlFile
from hookscope.config.values import parse_duration, parse_rate
from hookscope.tools.filters.language import FilterError
from hookscope.tools.filters.language import parse as parse_filter
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.hosts import split_url

TABLE = "alert"
MAX_ALERTS = 50
Watched: TypeAlias = Literal["filter", "metric"]

# What is looked at decides which bounds there are: deliveries by a filter, or a relay's own metrics.
KINDS: Mapping[Watched, tuple[Kind, ...]] = {
    "filter": ("rate-above", "rate-below", "share-above", "silence", "new-finding"),
    "metric": ("rate-above", "rate-below", "share-above", "silence", "above", "below"),
}
OTHERS = (
    "name",
    "failing",
    "window",
    "least",
    "cool-down",
    "desktop",
    "command",
    "command-timeout",
    "webhook",
    "webhook-env",
    "webhook-form",
    "secret-env",
    "secret-file",
)
HOSTS: Mapping[str, Form] = {"hooks.slack.com": "slack", "discord.com": "discord", "discordapp.com": "discord"}


def alerts_of(file: TomlFile, subject: Watched, secrets: Secrets) -> tuple[Alert, ...]:
    """The alerts of a file that look at deliveries, or at metrics; `InputError` for the first that makes no sense.

    The other ones of the file are checked too.
    """
    given = file.table.get(TABLE, [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise InputError(f"{file.place(TABLE)}: alerts are tables of their own", "write [[alert]], once for each")
    if len(given) > MAX_ALERTS:
        raise InputError(f"{file.path}: more than {MAX_ALERTS} alerts", "leave some out")
    found = [_Reader(file, index, table, secrets) for index, table in enumerate(given)]
    alerts = [(reader.subject, reader.alert()) for reader in found]
    names = [alert.name for _, alert in alerts]
    for index, name in enumerate(names):
        if name in names[:index]:
            place = file.place_in(TABLE, index, "name")
            raise InputError(f"{place}: there is an alert {name!r} already", "name it otherwise")
    return tuple(alert for one, alert in alerts if one == subject)


class _Reader:
    """Reads one table."""

    def __init__(self, file: TomlFile, index: int, table: Mapping[str, Any], secrets: Secrets) -> None:
        self._file = file
        self._index = index
        self._table = {key.replace("_", "-"): value for key, value in table.items()}
        self._written = {key.replace("_", "-"): key for key in table}
        self._secrets = secrets
        self.subject: Watched = "metric" if "metric" in self._table else "filter"

    def alert(self) -> Alert:
        """The alert that the table means."""
        self._check_keys()
        kind = self._kind()
        name = self._text("name")
        if not name:
            raise self._wrong("name", "an alert needs a name", 'give it one, such as name = "stripe fails"')
        if kind == "new-finding":
            bound_text, bound = self._text(kind) or "*", 0.0
        else:
            bound_text, bound = str(self._table[kind]), self._bound(kind)
        failing = self._text("failing") or ("is:failed" if self.subject == "filter" else "")
        if kind == "share-above" and not failing:
            raise self._wrong(kind, "a share of a metric needs the one that it is of", "give failing, another metric")
        subject = self._text(self.subject)
        if self.subject == "filter":
            self._check_filter("filter", subject)
            self._check_filter("failing", failing)
        webhook = self._webhook()
        command = self._command()
        return Alert(
            name=name[:100],
            kind=kind,
            bound=bound,
            bound_text=bound_text,
            subject=subject,
            failing=failing,
            window_s=self._seconds("window", 300.0),
            least=int(self._number("least", 5)),
            cool_down_s=self._seconds("cool-down", 600.0),
            desktop=self._flag("desktop", default=self.subject == "filter" and not command and webhook is None),
            command=command,
            command_timeout_s=self._seconds("command-timeout", 10.0),
            webhook=webhook,
            place=self._place(),
        )

    def _check_keys(self) -> None:
        if "filter" in self._table and "metric" in self._table:
            raise self._wrong("metric", "an alert looks at a filter or at a metric", "take one of them out")
        known = (self.subject, *KINDS[self.subject], *OTHERS)
        for key in self._table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                told = f"an alert on a {self.subject} has no key {key!r}"
                raise self._wrong(key, told, f"did you mean {near[0]}?" if near else f"its keys are {', '.join(known)}")

    def _kind(self) -> Kind:
        given = [kind for kind in KINDS[self.subject] if kind in self._table]
        if len(given) != 1:
            what = "which bound it is about is not said" if not given else f"it has {len(given)} bounds"
            raise self._wrong(given[1] if given else "", what, f"give one of {', '.join(KINDS[self.subject])}")
        return given[0]

    def _bound(self, kind: Kind) -> float:
        if kind in ("rate-above", "rate-below"):
            return float(self._parsed(kind, parse_rate, "a rate such as 3/s or 90/min"))
        if kind == "share-above":
            return float(self._parsed(kind, _share, "a share such as 20% or 0.2"))
        if kind == "silence":
            return self._seconds(kind, 0.0)
        return self._number(kind, 0.0)

    def _command(self) -> tuple[str, ...]:
        given = self._table.get("command", [])
        if not isinstance(given, list) or not all(isinstance(one, str) and "\0" not in one for one in given):
            raise self._wrong("command", "a command is a list of texts; no shell reads it", 'write ["say", "it fails"]')
        if given and not given[0]:
            raise self._wrong("command", "a command begins with a program", 'write ["say", "it fails"]')
        return tuple(given)

    def _webhook(self) -> Webhook | None:
        url = self._text("webhook") or self._from_environ("webhook-env")
        key = "webhook" if "webhook" in self._table else "webhook-env"
        if not url:
            return None
        parts = split_url(url) if url.isascii() and url.isprintable() and " " not in url else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise self._wrong(key, "it is no address to post to", "give one that begins with https://")
        form = self._text("webhook-form") or HOSTS.get(parts.hostname, "json")
        if form not in get_args(Form):
            raise self._wrong("webhook-form", f"{form!r} is no form", f"give one of {', '.join(get_args(Form))}")
        return Webhook(url=url, form=cast(Form, form), secret=self._secret())

    def _secret(self) -> bytes:
        text, key = self._from_environ("secret-env"), "secret-env"
        if name := self._text("secret-file"):
            key = "secret-file"
            try:
                text = self._secrets.read(name).strip()
            except (OSError, ValueError, HookscopeError) as error:
                told = f"{name!r} cannot be read ({error})"
                raise self._wrong(key, told, "name a file with the secret in it") from None
        found = signing_key(text) if text else b""
        if found is None:
            raise self._wrong(key, "the secret is not of the form of Standard Webhooks", "give whsec_ and base64")
        return found

    def _from_environ(self, key: str) -> str:
        name = self._text(key)
        if name and not self._secrets.environ.get(name):
            raise self._wrong(key, f"the variable {name!r} is not set", "set it, or take this out")
        return self._secrets.environ.get(name, "") if name else ""

    def _check_filter(self, key: str, text: str) -> None:
        try:
            parse_filter(text)
        except FilterError as error:
            raise self._wrong(key, error.what, error.remedy) from None

    def _text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, f"{str(value)[:60]!r} is no text", "put it into double quotes")
        return value

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._table.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, f"{str(value)[:60]!r} is neither true nor false", "write true or false")
        return value

    def _number(self, key: str, default: float) -> float:
        value = self._table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
            raise self._wrong(key, f"{str(value)[:60]!r} is no number", "write one such as 10")
        return float(value)

    def _seconds(self, key: str, default: float) -> float:
        if key not in self._table:
            return default
        seconds = float(self._parsed(key, parse_duration, "a duration such as 90s, 5m or 1h"))
        if not seconds > 0:
            raise self._wrong(key, "it must be above nothing", "write a duration such as 5m")
        return seconds

    def _parsed(self, key: str, parse: Callable[[str], float], words: str) -> float:
        value = self._table[key]
        try:
            return parse("" if isinstance(value, (bool, list, dict)) else str(value))
        except ValueError:
            raise self._wrong(key, f"{str(value)[:60]!r} is not {words}", f"write {words}") from None

    def _place(self, key: str = "") -> str:
        return self._file.place_in(TABLE, self._index, self._written.get(key, ""))

    def _wrong(self, key: str, what: str, remedy: str) -> InputError:
        where = f"{self._place(key)}, {key}" if key else self._place()
        return InputError(f"{where}: {what}", remedy)


def _share(text: str) -> float:
    """A share from 0 to 1 of `20%` or `0.2`; ValueError for anything else."""
    share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= share < 1:
        raise ValueError(text)
    return share


def metrics_of(alert: Alert) -> tuple[str, ...]:
    """The metrics that an alert on metrics names."""
    return tuple(name for name in (alert.subject, alert.failing) if name)

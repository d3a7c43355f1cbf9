"""Tables as alerts, and what is wrong with others: with file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.alerts.alert import Alert, Secrets, Webhook
from hookscope.alerts.parse import alerts_of, metrics_of
from hookscope.config.toml_file import TomlFile, read_toml
from hookscope_relay.errors import InputError

ENVIRON = {"SLACK": "https://hooks.slack.com/services/T/B/x", "KEY": "whsec_c2VjcmV0", "BAD": "no base64!"}


def read(name: str) -> str:
    if name != "key":
        raise OSError("no such file")
    return "whsec_c2VjcmV0\n"


def parsed(text: str, path: Path, subject: Any = "filter") -> tuple[Alert, ...]:
    path.write_text(text)
    return alerts_of(read_toml(path), subject, Secrets(environ=ENVIRON, read=read))


TABLES: dict[str, tuple[str, dict[str, Any]]] = {
    "a rate": ('rate-above = "90/min"', {"kind": "rate-above", "bound": 1.5, "bound_text": "90/min", "desktop": True}),
    "a share in percent": ('share-above = "20%"', {"bound": 0.2, "failing": "is:failed", "least": 5}),
    "a share of one's own": (
        'share-above = 0.5\nfailing = "status:5xx"\nleast = 20',
        {"bound": 0.5, "failing": "status:5xx", "least": 20},
    ),
    "silence": ('silence = "10m"\nfilter = "provider:stripe"', {"bound": 600.0, "subject": "provider:stripe"}),
    "a finding": ('new-finding = "csrf.*"', {"kind": "new-finding", "bound_text": "csrf.*"}),
    "times": (
        'silence = "1h"\nwindow = "30s"\ncool_down = "1m"\ncommand = ["x", "y z"]\ncommand-timeout = "500ms"',
        {
            "window_s": 30.0,
            "cool_down_s": 60.0,
            "command": ("x", "y z"),
            "command_timeout_s": 0.5,
            "desktop": False,
        },
    ),
    "a chat": (
        'silence = "1h"\nwebhook-env = "SLACK"\ndesktop = true',
        {"webhook": Webhook(url=ENVIRON["SLACK"], form="slack"), "desktop": True},
    ),
    "another address": (
        'silence = "1h"\nwebhook = "http://127.0.0.1:1/x"\nsecret-env = "KEY"',
        {"webhook": Webhook(url="http://127.0.0.1:1/x", form="json", secret=b"secret")},
    ),
    "a secret in a file": (
        'silence = "1h"\nwebhook = "https://a.example"\nsecret-file = "key"\nwebhook-form = "json"',
        {"webhook": Webhook(url="https://a.example", form="json", secret=b"secret")},
    ),
}


@pytest.mark.parametrize(("table", "values"), TABLES.values(), ids=TABLES)
def test_a_table_is_an_alert(table, values, tmp_path):
    (alert,) = parsed(f'[[alert]]\nname = "a"\n{table}\n', tmp_path / "config.toml")
    assert {name: getattr(alert, name) for name in values} == values


WRONG = {
    "no name": ('silence = "1h"', "2", "an alert needs a name"),
    "no bound": ('name = "a"', "2", "which bound it is about is not said"),
    "two bounds": ('name = "a"\nsilence = "1h"\nrate-above = "1/s"', "4, silence|5, rate-above|5, silence", "2 bounds"),
    "a misspelt key": ('name = "a"\nsilense = "1h"', "4, silense", "did you mean silence?"),
    "a metric's bound on a filter": ('name = "a"\nabove = 3', "4, above", "an alert on a filter has no key 'above'"),
    "a filter and a metric": (
        'name = "a"\nfilter = "x"\nmetric = "y"\nabove = 1',
        "5, metric",
        "filter or at a metric",
    ),
    "a filter that is none": ('name = "a"\nfilter = "stat:5"\nsilence = "1h"', "4, filter", "stat"),
    "a rate that is none": ('name = "a"\nrate-above = "fast"', "4, rate-above", "a rate such as 3/s"),
    "a share of more than all": ('name = "a"\nshare-above = "120%"', "4, share-above", "a share such as 20%"),
    "a window of nothing": ('name = "a"\nsilence = "1h"\nwindow = "0s"', "5, window", "above nothing"),
    "a flag for a duration": ('name = "a"\nsilence = true', "4, silence", "'True'|true"),
    "a command for a shell": ('name = "a"\nsilence = "1h"\ncommand = "say x"', "5, command", "no shell reads it"),
    "no address": ('name = "a"\nsilence = "1h"\nwebhook = "file:///etc/passwd"', "5, webhook", "no address to post to"),
    "a variable that is not set": (
        'name = "a"\nsilence = "1h"\nwebhook-env = "NO"',
        "5, webhook-env",
        "'NO' is not set",
    ),
    "a form that is none": (
        'name = "a"\nsilence = "1h"\nwebhook = "https://a.example"\nwebhook-form = "teams"',
        "6, webhook-form",
        "slack, discord, json",
    ),
    "a secret that is none": (
        'name = "a"\nsilence = "1h"\nwebhook = "https://a.example"\nsecret-env = "BAD"',
        "6, secret-env",
        "whsec_",
    ),
    "a secret that is not there": (
        'name = "a"\nsilence = "1h"\nwebhook = "https://a.example"\nsecret-file = "other"',
        "6, secret-file",
        "cannot be read",
    ),
    "a name that is no text": ('name = 3\nsilence = "1h"', "3, name", "no text"),
}


@pytest.mark.parametrize(("table", "places", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line_and_key(table, places, words, tmp_path):
    path = tmp_path / "config.toml"
    with pytest.raises(InputError) as raised:
        parsed(f"\n[[alert]]\n{table}\n", path)
    said = str(raised.value)
    assert any(said.startswith(f"{path}:{place}") for place in places.split("|")), said
    assert any(word in said for word in words.split("|")), said
    assert "no base64!" not in said


def test_the_second_of_a_name_is_refused_at_its_own_line(tmp_path):
    one = '[[alert]]\nname = "a"\nsilence = "1h"\n'
    with pytest.raises(InputError, match=r":5: there is an alert 'a' already"):
        parsed(one + one, tmp_path / "config.toml")


def test_a_single_table_is_told_how_to_be_written(tmp_path):
    with pytest.raises(InputError, match=r"write \[\[alert\]\]"):
        parsed('[alert]\nname = "a"\n', tmp_path / "config.toml")


def test_no_table_is_no_alert():
    assert alerts_of(TomlFile(), "filter", Secrets(environ={}, read=read)) == ()


def test_a_relays_alerts_name_metrics_and_stand_apart(tmp_path):
    text = (
        '[[alert]]\nname = "a"\nsilence = "1h"\n'
        '[[alert]]\nname = "b"\nmetric = "deliveries_total"\nfailing = \'deliveries_total{outcome="expired"}\'\n'
        'share-above = "10%"\n[[alert]]\nname = "c"\nmetric = "sessions"\nbelow = 1\n'
    )
    both = [parsed(text, tmp_path / "config.toml", subject) for subject in ("filter", "metric")]
    assert [[alert.name for alert in alerts] for alerts in both] == [["a"], ["b", "c"]]
    assert [metrics_of(alert) for alert in both[1]] == [
        ("deliveries_total", 'deliveries_total{outcome="expired"}'),
        ("sessions",),
    ]
    assert not any(alert.desktop for alert in both[1])


def test_a_share_of_a_metric_needs_the_other(tmp_path):
    with pytest.raises(InputError, match="give failing"):
        parsed('[[alert]]\nname = "b"\nmetric = "x"\nshare-above = "1%"\n', tmp_path / "c.toml", "metric")


def test_no_secret_is_shown(tmp_path):
    text = '[[alert]]\nname = "a"\nsilence = "1h"\nwebhook-env = "SLACK"\nsecret-env = "KEY"\n'
    (alert,) = parsed(text, tmp_path / "config.toml")
    assert "hooks.slack.com" not in repr(alert)
    assert "secret" not in repr(alert.webhook)

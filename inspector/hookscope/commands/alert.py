"""`hookscope alert`: the alerts that are configured, and a try of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.alerts.alert import Alert

NOT_TOLD = 1


def run(settings: Settings) -> int:
    """List the alerts, or have one told as if it held; 1 where somebody could not be told."""
    from hookscope.apps.alerts import read_alerts
    from hookscope.apps.relay_alerts import check_metrics

    of_metrics = read_alerts(settings, "metric")
    check_metrics(of_metrics)
    alerts = (*read_alerts(settings, "filter"), *of_metrics)
    if settings.text("action") == "test":
        return _test(settings, alerts)
    for alert in alerts:
        print(_row(alert, settings.flag("json")))
    if not alerts and not settings.flag("json"):
        print(f"there is no alert; [[alert]] in {settings.places.config / 'config.toml'} makes one")
    return 0


def _test(settings: Settings, alerts: tuple[Alert, ...]) -> int:
    import json
    import time

    from hookscope.alerts.alert import describe
    from hookscope.alerts.judge import Alarm, Measured
    from hookscope.alerts.notify import tell_all
    from hookscope.text.safe import safe_text
    from hookscope_relay.errors import InputError

    wanted = settings.text("name")
    chosen = [alert for alert in alerts if alert.name == wanted] if wanted else list(alerts)
    if not chosen:
        told = f"there is no alert {wanted!r}" if wanted else "there is no alert to test"
        raise InputError(told, "see `hookscope alert list`")
    code = 0
    for alert in chosen:
        now = time.time()
        text = f"only a test; it is about {describe(alert)}"
        alarm = Alarm(alert=alert, state="test", at=now, text=text, measured=Measured(now=now, since=now))
        for way, error in tell_all(alarm, settings.environ):
            code = NOT_TOLD if error else code
            if settings.flag("json"):
                print(json.dumps({"alert": alert.name, "told": way, "error": error}))
            else:
                print(safe_text(f"{alert.name}: {way}: {error or 'told'}"))
    return code


def _row(alert: Alert, as_json: bool) -> str:
    import json

    from hookscope.alerts.alert import describe
    from hookscope.text.safe import safe_text

    ways = [*(["desktop"] if alert.desktop else []), *([f"command {alert.command[0]}"] if alert.command else [])]
    ways += [f"{alert.webhook.form} webhook"] if alert.webhook else []
    facts = {"alert": alert.name, "when": describe(alert), "tells": ways, "place": alert.place}
    if as_json:
        return json.dumps(facts)
    return safe_text(f"{alert.name}: {describe(alert)}; tells {', '.join(ways) or 'nobody but the log'}")


COMMAND = Command(
    name="alert",
    summary="list the alerts that are configured, and try one",
    description=(
        "Alerts stand in [[alert]] tables of your config.toml, and tell you on the desktop, by a command or in a chat"
        " when a rate, a share of failures, silence or a new finding passes a bound. `hookscope listen` and `hookscope"
        " relay` watch for them; `hookscope alert test` tells one now."
    ),
    arguments=(
        Argument(name="action", help="list or test", choices=("list", "test"), count="optional"),
        Argument(name="name", help="the alert to test; else all of them", count="optional"),
    ),
    options=(options.JSON,),
    run=run,
)

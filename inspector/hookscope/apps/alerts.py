"""The alerts that the settings describe: the user's own, and a project's once that is trusted."""

from __future__ import annotations

from pathlib import Path

from hookscope.alerts.alert import Alert, Secrets
from hookscope.alerts.parse import TABLE, Watched, alerts_of
from hookscope.config.look_up import USER_FILE
from hookscope.config.project import find_project
from hookscope.config.regular_file import read_regular
from hookscope.config.settings import Settings
from hookscope.config.toml_file import read_toml

MAX_SECRET_BYTES = 4096


def read_alerts(settings: Settings, subject: Watched) -> tuple[Alert, ...]:
    """The alerts that look at deliveries, or at a relay's metrics; `InputError` for one that makes no sense.

    A relay is its operator's: no project has a say in it. Else a name of the user's stands before the project's, whose
    table the settings refuse until it is trusted.
    """
    found: dict[str, Alert] = {}
    if TABLE in settings.project and subject == "filter":
        project = find_project(Path.cwd())
        assert project.path is not None
        found |= _by_name(alerts_of(project, subject, _secrets(settings, project.path.parent)))
    if TABLE in settings.user:
        file = read_toml(settings.places.config / USER_FILE)
        found |= _by_name(alerts_of(file, subject, _secrets(settings, settings.places.config)))
    return tuple(found.values())


def _by_name(alerts: tuple[Alert, ...]) -> dict[str, Alert]:
    return {alert.name: alert for alert in alerts}


def _secrets(settings: Settings, folder: Path) -> Secrets:
    def read(name: str) -> str:
        path = folder / Path(name).expanduser()
        return read_regular(path, MAX_SECRET_BYTES, "name another file").decode("utf-8")

    return Secrets(environ=settings.environ, read=read)

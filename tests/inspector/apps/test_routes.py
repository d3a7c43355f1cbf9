"""Which routes and which pace the settings describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.routes import dressed_routes, pace_of, routes_of, table_for_replay, transform_of
from hookscope.config.session_note import NoteFile, SessionNote
from hookscope.config.settings import Settings
from hookscope.model.handler import parse_handler
from hookscope.model.pace import Pace
from hookscope.tools.routes.parse import paced, read_routes
from hookscope.tools.routes.rule import RouteRule
from hookscope_relay.errors import InputError


def settings(home: Path, **values: Any) -> Settings:
    whole = {"route": None, "rate": None, "concurrency": None, "retry": None, "host": None, "set-header": None} | values
    whole = {name.replace("_", "-"): value for name, value in whole.items()}
    return Settings(whole, {"HOOKSCOPE_HOME": str(home)}, {}, {})


def test_the_command_line_holds_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text('[[route]]\nname = "a"\nhandler = 3000\n')
    assert [rule.name for rule in routes_of(settings(tmp_path))] == ["a"]
    assert [rule.name for rule in routes_of(settings(tmp_path, route=["b= -> 1"]))] == ["b"]
    (rule,) = paced(routes_of(settings(tmp_path)), Pace(9.0, 2, 0))
    assert rule.pace == Pace(9.0, 2, 0)


def test_a_wrong_entry_says_file_line_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text('[[route]]\nhandler = 3000\n\n[[route]]\nhandler = 3001\nmatch = "is:ok"\n')
    with pytest.raises(InputError, match=r"config.toml:6: match: is: is known only once a delivery has been handled"):
        routes_of(settings(tmp_path))


@pytest.mark.parametrize(
    ("only_path", "own", "left"),
    [
        (None, "/any", "/any"),
        ("", "/any", "/any"),
        ("/open", "/", ""),
        ("/open", "/other", ""),
        ("/open", "/open/in", "/open/in"),
    ],
)
def test_a_projects_route_opens_no_more_than_the_users_path(
    only_path: str | None, own: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Allowed or not: what the user gives beside it is narrower. The user's own routes say for themselves."""
    home, project = tmp_path / "home", tmp_path / "project"
    table = f'[[route]]\nhandler = 3000\nonly-path = "{own}"\n'
    for folder, name in ((home, "config.toml"), (project, "hookscope.toml")):
        folder.mkdir(mode=0o700)
        (folder / name).write_text(table)
    given = settings(home) if only_path is None else settings(home, only_path=only_path)
    monkeypatch.chdir(home)
    assert [rule.only_path for rule in routes_of(given)] == [own]
    monkeypatch.chdir(project)
    monkeypatch.setattr("hookscope.config.table_lists.is_trusted", lambda *_: True)
    assert [rule.only_path for rule in routes_of(given)] == [left]


@pytest.mark.parametrize("values", [{"concurrency": 0}, {"retry": -1}, {"retry": 101}])
def test_a_pace_that_makes_no_sense_is_refused(tmp_path: Path, values: dict[str, int]) -> None:
    with pytest.raises(InputError, match="makes no sense"):
        pace_of(settings(tmp_path, **values))


def test_a_transform_is_looked_for_beside_what_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    (project / "hookscope.toml").write_text("transform = 'a:b'\n")
    folders = {}
    for source in ("flag", "environment", "user", "project"):
        given = Settings({"transform": "a:b"}, {"HOOKSCOPE_HOME": str(home)}, {}, {}, {"transform": source})
        plan = transform_of(given)
        assert plan is not None and plan.name == "a:b"
        folders[source] = plan.folder
    assert folders == {"flag": project, "environment": home, "user": home, "project": project}
    assert transform_of(Settings({"transform": None}, {}, {}, {})) is None


def test_a_pace_is_what_is_given(tmp_path: Path) -> None:
    assert not pace_of(settings(tmp_path))
    assert pace_of(settings(tmp_path, rate=3.0, concurrency=1, retry=2)) == Pace(3.0, 1, 2)


ROUTES = ({"name": "pay", "match": "path:/x", "handler": "http://127.0.0.1:3000"},)
SAID: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], str, str]] = {
    "the session's routes": ({}, {"routes": ROUTES}, ["pay"], "", "the routes pay"),
    "its transform": ({}, {"transform": "a:b"}, [], "a:b", "the transform a:b"),
    "both": ({}, {"routes": ROUTES, "transform": "a:b"}, ["pay"], "a:b", "the routes pay and the transform a:b"),
    "another transform": (
        {"transform": "c:d"},
        {"routes": ROUTES, "transform": "a:b"},
        ["pay"],
        "c:d",
        "the routes pay",
    ),
    "routes that are typed": ({"route": ["b= -> 1"]}, {"routes": ROUTES, "transform": "a:b"}, ["b"], "", ""),
    "nothing noted": ({}, {}, [], "", ""),
}


@pytest.mark.parametrize(("typed", "noted", "names", "transform", "said"), SAID.values(), ids=SAID)
def test_a_replay_goes_by_what_is_typed_else_by_the_session_at_the_endpoint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: dict[str, Any],
    noted: dict[str, Any],
    names: list[str],
    transform: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = settings(tmp_path, **{"transform": "", **typed})
    given.places.endpoints.mkdir(parents=True)
    note = SessionNote(pid=1, url="", handler="", relay="", endpoint="id", rest="http://127.0.0.1:4000", **noted)
    NoteFile(given.places.endpoints, "mine", note).opened("http://u", "", "")
    table = table_for_replay(given, "id")
    assert ([rule.name for rule in table.rules], table.transform and table.transform.name) == (names, transform or None)
    assert table.said == (f"by {said} of the last session; --to names one handler in their place" if said else "")
    assert (table.rest is not None) == bool(said)
    assert table_for_replay(given, "another").said == ""


def test_a_host_and_headers_hold_for_every_route_that_says_nothing_of_its_own(tmp_path: Path) -> None:
    given = settings(tmp_path, host="shop.test", set_header=["X-Env: dev", "X-B: 2"])
    own = read_routes([{"name": "a", "handler": "1", "host": "own.test", "set-header": ["x-env: own"]}], lambda *_: "")
    (rule, other), rest = dressed_routes(given, (*own, RouteRule(name="b", handler=parse_handler("2"))), None)
    assert (rule.host, rule.set_headers) == ("own.test", (("X-B", "2"), ("x-env", "own")))
    assert (other.host, other.set_headers, rest) == ("shop.test", (("X-Env", "dev"), ("X-B", "2")), None)


def test_a_handler_alone_becomes_a_route_for_them_and_only_then(tmp_path: Path) -> None:
    handler = parse_handler("3000")
    assert dressed_routes(settings(tmp_path), (), handler) == ((), handler)
    (rule,), rest = dressed_routes(settings(tmp_path, host="shop.test"), (), handler)
    assert (rule.handler, rule.host, rule.match, rest) == (handler, "shop.test", "", None)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"set_header": ["Hookscope-X: y"]}, "--set-header or --host: Hookscope-X is hookscope's own to say"),
        ({"set_header": ["Content-Length: 1"]}, "belongs to the connection"),
        ({"host": "a b"}, "is no host such as shop.test"),
    ],
)
def test_what_cannot_be_set_is_refused(given: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        dressed_routes(settings(tmp_path, **given), (), parse_handler("3000"))

"""The pytest plugin: the fixtures `delivery` and `wait_for_delivery`, the marker `hookscope`, `--hookscope-record`.

Every test run that has hookscope installed loads this module, so it imports nothing but pytest; the rest is loaded by
the first test that asks for it. See docs/pytest.md.

PYTEST_DONT_REWRITE: it asserts nothing, and may have been imported before pytest looks at it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookscope.pytest_plugin.delivery import FixtureDelivery
    from hookscope.pytest_plugin.play import PlayedApi
    from hookscope.pytest_plugin.wait import Waiter
    from hookscope_relay.errors import HookscopeError

MARKER = "hookscope"
FIXTURE = "delivery"
DEFAULT_RECORD_DIRECTORY = "tests/fixtures/recorded"

# The entry point's name, and the one that `-p` and `pytest_plugins` use: loaded by both, it would be registered twice.
NAMES = frozenset({"hookscope", "hookscope.pytest_plugin.plugin"})


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options, and keep the plugin from being registered again under its other name."""
    for other in NAMES - {pluginmanager.get_name(sys.modules[__name__])}:
        pluginmanager.set_blocked(other)
    group = parser.getgroup("hookscope")
    group.addoption(
        "--hookscope-record",
        nargs="?",
        const=DEFAULT_RECORD_DIRECTORY,
        metavar="DIR",
        help=(
            "save what arrives at a running `hookscope listen` during each test, redacted, below DIR "
            f"(default: {DEFAULT_RECORD_DIRECTORY}; write it with an equals sign)"
        ),
    )
    group.addoption(
        "--hookscope-record-wait",
        default="0",
        metavar="DURATION",
        help="after each test, wait so long for what is still under way, such as 2s (default: 0)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the recorder where it is asked for."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*files, secret=None, resign=True, provider='', path=None, url='', params=None): run the test once"
        " for each capture file, which it gets as the fixture `delivery`; see docs/pytest.md of hookscope",
    )
    directory = config.getoption("hookscope_record")
    if directory is not None:
        from hookscope.pytest_plugin.record import start_recording

        start_recording(config, directory, config.getoption("hookscope_record_wait"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a marked test once for each of its files."""
    if FIXTURE not in metafunc.fixturenames:
        return
    marks = list(metafunc.definition.iter_markers(MARKER))
    if not marks:
        return
    from hookscope.pytest_plugin.cases import cases_of, ids_of
    from hookscope.pytest_plugin.tell import start_telling
    from hookscope_relay.errors import HookscopeError

    try:
        cases = cases_of(marks, metafunc.config.rootpath, metafunc.definition.path.parent)
    except HookscopeError as error:
        _fail(error)
    start_telling(metafunc.config)
    metafunc.parametrize(FIXTURE, cases, ids=ids_of([case.file for case in cases]), indirect=True)


@pytest.fixture
def delivery(request: pytest.FixtureRequest) -> FixtureDelivery:
    """A delivery out of a capture file, ready to be sent: `delivery.send(client)`. Needs the marker `hookscope`."""
    case = getattr(request, "param", None)
    if case is None:
        pytest.fail(
            "the fixture `delivery` has no files to read; mark the test with "
            '@pytest.mark.hookscope("tests/fixtures/notion/*.json", secret=…)',
            pytrace=False,
        )
    from hookscope.pytest_plugin.open import open_case
    from hookscope.pytest_plugin.tell import DELIVERY
    from hookscope_relay.errors import HookscopeError

    try:
        made = open_case(case, request.config.rootpath, os.environ)
    except HookscopeError as error:
        _fail(error)
    request.node.stash[DELIVERY] = made
    return made


@pytest.fixture
def hookscope_api(
    request: pytest.FixtureRequest, delivery: FixtureDelivery, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PlayedApi]:
    """The API that the handler calls: it gives the answers that were recorded with the delivery, and the environment
    points there."""
    from hookscope.model.call_file import loads_calls
    from hookscope.pytest_plugin.play import PlayedApi
    from hookscope_relay.errors import HookscopeError

    file = request.node.callspec.params[FIXTURE].file
    try:
        played = PlayedApi(loads_calls(file.read_bytes(), str(file)))
    except HookscopeError as error:
        _fail(error)
    for name, value in played.variables.items():
        monkeypatch.setenv(name, value)
    yield played
    played.close()


@pytest.fixture
def wait_for_delivery() -> Iterator[Waiter]:
    """Waits for what arrives at a running `hookscope listen`: `wait_for_delivery("type:page.created status:2xx")`."""
    from hookscope.pytest_plugin.wait import Waiter
    from hookscope_relay.errors import HookscopeError

    try:
        waiter = Waiter()
    except HookscopeError as error:
        _fail(error)
    yield waiter
    waiter.close()


def _fail(error: HookscopeError) -> NoReturn:
    from hookscope.text.safe import safe_text

    # Without the error that it comes of, whose traceback would be told, too.
    raise pytest.fail.Exception(safe_text(str(error)), pytrace=False) from None

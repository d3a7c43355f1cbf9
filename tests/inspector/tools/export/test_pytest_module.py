from __future__ import annotations

import ast

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import loads
from hookscope.tools.export import pytest_module

pytest_plugins = ["pytester"]


def test_it_is_a_module_with_a_test_and_a_fixture_for_each() -> None:
    captures = [
        Capture(delivery=make_delivery(target="/a"), provider="notion"),
        Capture(delivery=make_delivery(target="/'\"\n\\")),
    ]
    exported = pytest_module.render(captures)
    tree = ast.parse(exported.content)
    tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [name[:9] for name in tests] == ["test_post", "test_post"]
    assert len(set(tests)) == 2
    assert [loads(content) for _, content in exported.files] == captures
    assert all(name.startswith("fixtures/") for name, _ in exported.files)


def test_the_marker_names_the_fixture_beside_the_module_and_a_secret_of_the_environment() -> None:
    exported = pytest_module.render([Capture(delivery=make_delivery(), provider="notion")])
    assert f'@pytest.mark.hookscope("{exported.files[0][0]}", secret=os.environ.get("TEST_SECRET_NOTION", ' in str(
        exported.content.decode()
    )


def test_a_hostile_provider_name_is_no_code() -> None:
    text = pytest_module.render([Capture(delivery=make_delivery(), provider='x")\nimport os #é')]).content.decode()
    assert "TEST_SECRET_X___IMPORT_OS___" in text
    ast.parse(text)


APPLICATION = """
import pytest

def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    signed = environ.get("HTTP_X_NOTION_SIGNATURE", "")
    print("received", environ["REQUEST_METHOD"], environ["PATH_INFO"], body, signed)
    start_response("204 No Content", [])
    return []

@pytest.fixture
def client():
    return application
"""


def test_the_module_runs_with_the_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Capture(delivery=make_delivery(body=b'{"a":1}', target="/hook"), provider="notion")
    unknown = Capture(delivery=make_delivery(body=b"plain", headers=(), target="/other"))
    exported = pytest_module.render([known, unknown])
    pytester.makeconftest(APPLICATION)
    pytester.makeini("[pytest]")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    folder = pytester.mkdir("tests")
    (folder / "test_hooks.py").write_bytes(exported.content)
    for name, content in exported.files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    result = pytester.runpytest_subprocess("-rP", "-p", "hookscope.pytest_plugin.plugin", "tests")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["received POST /hook b'{\"a\":1}' sha256=*", "received POST /other b'plain' *"])

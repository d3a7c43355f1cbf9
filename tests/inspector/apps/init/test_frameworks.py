from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.apps.init.frameworks import FRAMEWORKS, FoundFramework, find_frameworks

# The files of a project, and what is found in them.
DJANGO = {"manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\nfrom django.core"}
RAILS = {"Gemfile": 'source "https://rubygems.org"\ngem "rails", "~> 8.0"\n'}
SPRING = {"pom.xml": "<parent><groupId>org.springframework.boot</groupId></parent>"}
LARAVEL = {"composer.json": '{"require": {"laravel/framework": "^12.0"}}'}
PROJECTS = [
    (DJANGO, "Django", 8000, "Django's usual port"),
    (DJANGO | {"Makefile": "dev:\n\tpython manage.py runserver 0.0.0.0:8123\n"}, "Django", 8123, "Makefile"),
    ({"pyproject.toml": 'dependencies = ["django>=5"]'}, "Django", 8000, "Django's usual port"),
    ({"requirements.txt": "flask==3.1\n"}, "Flask", 5000, "Flask's usual port"),
    ({"requirements/base.txt": "Flask[async]>=3\n", ".flaskenv": "FLASK_RUN_PORT=5050"}, "Flask", 5050, ".flaskenv"),
    ({"Pipfile": 'flask = "*"', "app.py": "app.run('127.0.0.1', port=5001, debug=True)"}, "Flask", 5001, "app.py"),
    ({"requirements.txt": "fastapi[standard]\nuvicorn"}, "FastAPI", 8000, "FastAPI's usual port"),
    ({"setup.cfg": "install_requires =\n  fastapi\n", "main.py": "uvicorn.run(app, port=9001)"}, "FastAPI", 9001, "main.py"),
    ({"package.json": '{"dependencies": {"express": "^5"}}'}, "Express", 3000, "Express's usual port"),
    (
        {"package.json": '{"dependencies": {"express": "^5"}}', "server.js": "app.listen(process.env.PORT || 4000)"},
        "Express",
        4000,
        "server.js",
    ),
    ({"package.json": '{"dependencies": {"express": "^5"}}', ".env": "X=1\nPORT=4100\n"}, "Express", 4100, ".env"),
    (
        {"package.json": '{"scripts": {"dev": "next dev --turbo -p 3100"}, "dependencies": {"next": "15"}}'},
        "Next",
        3100,
        "package.json",
    ),
    (RAILS, "Rails", 3000, "Rails's usual port"),
    (RAILS | {"config/puma.rb": 'port ENV.fetch("PORT") { 3005 }'}, "Rails", 3005, "config/puma.rb"),
    (RAILS | {"config/puma.rb": 'port ENV.fetch("PORT", 3006)'}, "Rails", 3006, "config/puma.rb"),
    (RAILS | {"Procfile.dev": "web: bin/rails server -p 3007\ncss: x"}, "Rails", 3007, "Procfile.dev"),
    (LARAVEL, "Laravel", 8000, "Laravel's usual port"),
    (LARAVEL | {".env": "APP_NAME=x\nAPP_URL=http://localhost:8088\n"}, "Laravel", 8088, ".env"),
    (SPRING, "Spring", 8080, "Spring's usual port"),
    (SPRING | {"src/main/resources/application.properties": "a=b\nserver.port=${PORT:9090}\n"}, "Spring", 9090, "src/main/resources/application.properties"),
    (SPRING | {"src/main/resources/application.yml": "spring:\n  port: 1\nserver:\n  ssl: no\n  port: 9091\n"}, "Spring", 9091, "src/main/resources/application.yml"),
    ({"build.gradle.kts": 'id("org.springframework.boot") version "3.4"'}, "Spring", 8080, "Spring's usual port"),
]  # fmt: skip


def lay_out(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "framework", "port", "said_by"), PROJECTS, ids=[f"{name} by {said}" for _, name, _, said in PROJECTS]
)
def test_a_framework_and_its_port(
    files: dict[str, str], framework: str, port: int, said_by: str, tmp_path: Path
) -> None:
    lay_out(tmp_path, files)
    assert find_frameworks(tmp_path) == [FoundFramework(framework, port, said_by)]


def test_every_framework_of_the_table_is_tried() -> None:
    assert {name for _, name, _, _ in PROJECTS} == {one.name for one in FRAMEWORKS}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"requirements.txt": "flask-login\ndjango-stubs\nfastapi-utils\n"},
        {"package.json": '{"dependencies": {"express-session": "1", "nextra": "2"}}'},
        {"README.md": "we left django, flask and rails"},
    ],
    ids=["nothing", "their add-ons in Python", "their add-ons in Node", "only told of"],
)
def test_what_is_no_framework_is_not_taken_for_one(files: dict[str, str], tmp_path: Path) -> None:
    lay_out(tmp_path, files)
    assert find_frameworks(tmp_path) == []


@pytest.mark.parametrize("port", ["0", "99999", "123456789012345678901234567890"])
def test_a_port_that_is_none_is_not_taken(port: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"requirements.txt": "flask", ".flaskenv": f"FLASK_RUN_PORT={port}"})
    assert find_frameworks(tmp_path) == [FoundFramework("Flask", 5000, "Flask's usual port")]


def test_a_folder_in_the_place_of_a_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").mkdir()
    (tmp_path / "manage.py").write_bytes(b"\xff\xfe django")
    assert [one.framework for one in find_frameworks(tmp_path)] == ["Django"]

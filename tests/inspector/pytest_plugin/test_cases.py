from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hookscope.pytest_plugin.cases import Options, cases_of, ids_of, name_of
from hookscope_relay.errors import InputError


def mark(*args: Any, **kwargs: Any) -> Any:
    return SimpleNamespace(args=args, kwargs=kwargs)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "a/notion/b.json",
        "a/notion/a.json",
        "a/github/x.json",
        "a/notion/note.txt",
        "a/.hidden.json",
        "c/t/z.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a/notion/*.json"], ["a/notion/a.json", "a/notion/b.json"]),
        (["a/notion/b.json", "a/notion/*.json"], ["a/notion/b.json", "a/notion/a.json"]),
        (["a/**/*.json"], ["a/github/x.json", "a/notion/a.json", "a/notion/b.json"]),
        (["a"], ["a/github/x.json", "a/notion/a.json", "a/notion/b.json"]),
        (["t/*.json"], ["c/t/z.json"]),
        ([Path("a/github/x.json")], ["a/github/x.json"]),
    ],
)
def test_patterns_name_files_below_the_root_or_beside_the_test(
    tree: Path, patterns: list[Any], found: list[str]
) -> None:
    cases = cases_of([mark(*patterns)], tree, tree / "c")
    assert [case.file.relative_to(tree).as_posix() for case in cases] == found


def test_a_whole_path_is_taken_as_it_is(tree: Path) -> None:
    file = tree / "a/notion/a.json"
    assert [case.file for case in cases_of([mark(str(file))], Path("/"), Path("/"))] == [file]


def test_a_file_is_run_once_with_the_options_of_the_first_marker(tree: Path) -> None:
    cases = cases_of([mark("a/notion/a.json", secret="near"), mark("a/notion", secret="far")], tree, tree)
    assert [(case.file.name, case.options.secret) for case in cases] == [("a.json", "near"), ("b.json", "far")]


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        (mark(), "the marker hookscope names no file; write it as"),
        (mark("nothing/*.json"), "finds no file for 'nothing/*.json', neither below "),
        (mark("a/notion/none.json"), "finds no file for 'a/notion/none.json'"),
        (mark(3), "names 3, which is no path"),
        (mark("a", secrets="x"), "has no option 'secrets'; did you mean secret?"),
        (mark("a", zzz="x"), "has no option 'zzz'; it has secret, resign, provider, path, url, params"),
        (mark("a", resign="no"), "has a resign of the type str"),
        (mark("a", secret=3), "has a secret of the type int"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(tree: Path, marker: Any, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        cases_of([marker], tree, tree)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        ([], []),
        (["/x/notion/page.created-3f9a.json"], ["notion/page.created-3f9a"]),
        (["/x/a/notion/p.json", "/x/b/notion/p.json", "/x/a/github/q.json"], ["a/notion/p", "b/notion/p", "github/q"]),
        (["/p.json", "/d/p.txt"], ["/p", "d/p.txt"]),
    ],
)
def test_each_file_has_a_name_of_its_own(files: list[str], ids: list[str]) -> None:
    assert ids_of([Path(file) for file in files]) == ids


def test_one_file_is_named_by_folder_and_name() -> None:
    assert name_of(Path("/x/notion/page.created-3f9a.json")) == "notion/page.created-3f9a"


def test_secrets_do_not_show_in_the_options() -> None:
    assert "hush" not in repr(Options(secret="hush"))

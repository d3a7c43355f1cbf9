from __future__ import annotations

import json

import pytest

from hookscope.providers.registry import load_providers


def test_every_provider_has_a_line(run):
    code, out, _ = run()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(load_providers().names)


def test_json_is_one_object_a_line(run):
    _, out, _ = run("--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["name"] for row in rows] == list(load_providers().names)


@pytest.mark.parametrize("name", load_providers().names)
def test_one_provider_is_told_in_full(run, name):
    code, out, _ = run(name)
    assert code == 0
    assert out.startswith(load_providers().demand(name).title)
    assert "documentation" in out


def test_hearsay_is_marked(run):
    assert "5 s (not checked against the documentation)" in run("shopify")[1]


def test_a_scheme_is_shown_as_json(run):
    _, out, _ = run("github-sha1", "--json")
    assert [scheme["name"] for scheme in json.loads(out)["schemes"]] == ["github-sha1"]


def test_an_unknown_provider_exits_2_with_a_guess(run):
    code, _, err = run("strip")
    assert code == 2
    assert "did you mean" in err


def test_a_projects_own_provider_is_told_too(run, tmp_path):
    (tmp_path / "hookscope.toml").write_text(
        '[providers.acme]\n[[providers.acme.scheme]]\nkind = "hmac"\nheader = "X-A"\n'
    )
    code, out, _ = run("acme")
    assert code == 0
    assert "from           hookscope.toml, providers.acme" in out
    assert any(line.startswith("acme ") for line in run()[1].splitlines())

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.pytest_plugin.cases import CaseFile, Options
from hookscope.pytest_plugin.open import open_case, providers_of
from hookscope_relay.errors import InputError
from plugin_projects.making import SECRET, open_delivery, write_capture


def test_a_delivery_is_opened_with_its_provider(tmp_path: Path) -> None:
    assert open_delivery(tmp_path).provider == "notion"
    assert open_delivery(tmp_path, "").provider == ""


def test_the_environment_gives_the_secret_where_the_marker_does_not(tmp_path: Path) -> None:
    environ = {"HOOKSCOPE_SECRET_NOTION": SECRET, "HOOKSCOPE_SECRET_STRIPE": "other"}
    delivery = open_delivery(tmp_path, environ=environ, options=Options())
    assert delivery.headers == open_delivery(tmp_path).headers
    assert delivery.header("X-Notion-Signature") != "sha256=" + "0" * 64


def test_without_a_secret_the_recorded_signature_is_sent(tmp_path: Path) -> None:
    assert open_delivery(tmp_path, options=Options()).header("X-Notion-Signature") == "sha256=" + "0" * 64


@pytest.mark.parametrize("secret", [SECRET, None])
def test_a_delivery_is_not_signed_where_that_is_not_wanted(tmp_path: Path, secret: str | None) -> None:
    delivery = open_delivery(tmp_path, options=Options(secret=secret, resign=False))
    assert delivery.header("X-Notion-Signature") == "sha256=" + "0" * 64


def test_the_marker_may_name_the_provider(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path, "", options=Options(provider="github", secret="s"))
    assert (delivery.provider, delivery.header("X-Hub-Signature-256")[:7]) == ("github", "sha256=")


@pytest.mark.parametrize(
    ("provider", "options", "sentence"),
    [
        ("notion", Options(provider="notoin"), "there is no provider 'notoin'; see `hookscope providers`"),
        ("notion", Options(secret=""), "has a secret that is empty or no text"),
        ("notion", Options(secret=["a", ""]), "has a secret that is empty or no text"),
    ],
)
def test_what_makes_no_sense_is_said_at_once(tmp_path: Path, provider: str, options: Options, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        open_delivery(tmp_path, provider, options=options)


@pytest.mark.parametrize(
    ("provider", "options", "sentence"),
    [
        ("", Options(secret="s"), "provider is not known, so it cannot be signed; name it with provider="),
        ("notion", Options(secret={"stripe": "s"}), "has no secret for notion; add it, or give resign=False"),
        ("", Options(), "nor what its signature is; name it"),
    ],
)
def test_what_cannot_be_signed_is_said_when_it_is_sent(
    tmp_path: Path, provider: str, options: Options, sentence: str
) -> None:
    delivery = open_delivery(tmp_path, provider, options=options)
    with pytest.raises(InputError, match=sentence):
        _ = delivery.unsigned().body if options.secret is None else delivery.body


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is not JSON"),
        (b'{"format":"hookscope/2"}', "upgrade hookscope"),
        (b'{"format":"hookscope/1"}', "delivery must be a JSON object"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_case(CaseFile(file, Options()), tmp_path, {})
    assert str(file) in str(caught.value)
    assert sentence in str(caught.value)


def test_providers_of_the_project_are_known(tmp_path: Path) -> None:
    (tmp_path / "hookscope.toml").write_text(
        '[providers.acme]\ntitle = "Acme"\n[[providers.acme.scheme]]\nname = "acme-v1"\nkind = "hmac"\nheader = "X-Acme"\n'
        '[[providers.acme.recognise]]\nheader = "X-Acme"\nconfidence = 0.9\n'
    )
    assert "acme" in providers_of(tmp_path)
    file = write_capture(tmp_path, "")
    delivery = open_case(CaseFile(file, Options(provider="acme", secret="s")), tmp_path, {})
    assert len(delivery.header("X-Acme")) == 64

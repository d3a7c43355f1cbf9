"""Files that are no credentials and no certificates: each said in one sentence, before anything is dialled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nkeys
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hookscope_relay.errors import InputError
from hookscope_relay.log.nats.credentials import find_certificates, find_credentials
from hookscope_relay.settings import NatsSettings
from self_signed import self_signed_pem

CERT, KEY = self_signed_pem()
OTHER = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
CREDENTIALS = (
    "-----BEGIN NATS USER JWT-----\neyJ\n------END NATS USER JWT------\n\n"
    "-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
    for name, content in {
        "cert": CERT,
        "key": KEY,
        "other": OTHER,
        "text": b"no such thing",
        "torn": CERT[:100],
        "creds": CREDENTIALS.format(seed=seed).encode(),
        "seed": CREDENTIALS.format(seed=seed[:-4]).encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def settings(files: Path, servers: tuple[str, ...] = ("nats://a",), **named: Any) -> NatsSettings:
    paths: dict[str, Any] = {option: files / name for option, name in named.items()}
    return NatsSettings(servers=servers, journal=files / "j.db", **paths)


def test_what_is_not_asked_for_is_not_looked_at(files: Path) -> None:
    assert find_credentials(settings(files)) is None
    assert find_certificates(settings(files)) is None


def test_sound_files_are_taken(files: Path) -> None:
    assert find_credentials(settings(files, credentials="creds")) == str(files / "creds")
    assert find_certificates(settings(files, ca="cert", cert="cert", key="key")) is not None
    assert find_certificates(settings(files, servers=("nats://a", "tls://b"))) is not None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", "holds no NATS credentials"),
        ("seed", "holds no NATS credentials"),
        ("none", "cannot be read (No such file or directory)"),
    ],
)
def test_what_is_no_credentials_is_said(files: Path, name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        find_credentials(settings(files, credentials=name))
    assert words in refused.value.what
    assert str(files / name) in refused.value.what


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"cert": "cert"}, "a certificate for NATS needs its key"),
        ({"key": "key"}, "a certificate for NATS needs its key"),
        ({"ca": "none"}, "the file of --nats-ca {files}/none cannot be read (No such file or directory)"),
        ({"ca": "text"}, "the file of --nats-ca, {files}/text, is no PEM file"),
        ({"ca": "torn"}, "{files}/torn holds no certificate"),
        ({"cert": "cert", "key": "other"}, "do not belong together, or one is damaged"),
        ({"cert": "torn", "key": "key"}, "do not belong together, or one is damaged"),
        ({"cert": "cert", "key": "text"}, "the file of --nats-key, {files}/text, is no PEM file"),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_is_no_certificate_is_said(files: Path, named: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        find_certificates(settings(files, **named))
    assert words.format(files=files) in refused.value.what
    assert refused.value.exit_code == 2

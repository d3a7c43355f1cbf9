import asyncio
import ssl
from pathlib import Path

import pytest

from hookscope.config import authorities
from hookscope.config.authorities import trusting
from raw_http import RawServer
from self_signed import self_signed, self_signed_pem


async def dial(context: ssl.SSLContext) -> None:
    """A handshake with a server whose certificate is its own authority's."""
    async with RawServer(tls=self_signed()[0]) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="localhost")
        writer.close()
        await writer.wait_closed()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    path = tmp_path / "company.pem"
    path.write_bytes(self_signed_pem()[0])
    return path


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
async def test_an_authority_that_nobody_vouches_for_is_not_trusted(platform: str) -> None:
    pytest.importorskip("truststore")
    with pytest.raises(ssl.SSLCertVerificationError):
        await dial(trusting({}, platform))


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
async def test_ssl_cert_file_names_an_authority(
    platform: str, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    await dial(trusting({"SSL_CERT_FILE": str(authority)}, platform))


async def test_a_python_that_looks_elsewhere_gets_the_systems_bundle(
    authority: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(authorities, "BUNDLES", (str(tmp_path / "missing.pem"), str(authority)))
    await dial(trusting({}, "linux"))


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_systems_with_a_store_of_their_own_are_asked_themselves(platform: str) -> None:
    truststore = pytest.importorskip("truststore")
    context = trusting({}, platform)
    assert isinstance(context, truststore.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname

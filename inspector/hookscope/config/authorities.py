"""Which certificate authorities are trusted: those of the system, its owner's company among them, or those that
`SSL_CERT_FILE` and `SSL_CERT_DIR` name."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

# Where systems keep their bundle; Pythons that were built elsewhere look for it in places of their own.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def trusting(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> ssl.SSLContext:
    """A client's TLS context that verifies certificates.

    macOS and Windows are asked themselves, so that what a company or mkcert put into their stores holds; OpenSSL, as
    Python has it, does not look there.
    """
    if platform in {"darwin", "win32"} and not any(environ.get(name) for name in NAMED):
        import truststore  # not there on systems whose store OpenSSL reads

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    if not _knows_any(context):
        bundle = next((path for path in BUNDLES if Path(path).is_file()), None)
        context.load_verify_locations(bundle) if bundle else None
    return context


def _knows_any(context: ssl.SSLContext) -> bool:
    """Whether OpenSSL found authorities: in a file, or in a directory of which it reads one at a time."""
    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509_ca"]) or bool(folder and any(Path(folder).glob("*.0")))

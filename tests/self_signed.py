"""A certificate of our own for tests that speak TLS."""

from __future__ import annotations

import datetime
import functools
import ipaddress
import ssl
import tempfile
from pathlib import Path


@functools.cache
def self_signed() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server context with a new self-signed certificate for localhost, 127.0.0.1 and ::1,
    and a client context that trusts it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = self_signed_pem()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "both.pem")
        path.write_bytes(certificate + key)
        server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=certificate.decode())


@functools.cache
def self_signed_pem(*more: str) -> tuple[bytes, bytes]:
    """Certificate and private key of `self_signed`, in PEM; the certificate is for `more` names, too."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [
        *(x509.DNSName(one) for one in ("localhost", *more)),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )

"""Signatures with a public key: Ed25519, ECDSA and RSA; keys as PEM, DER, a certificate, a JSON Web Key, or bare bytes.

Loading a key gives None for what is no key of the wanted kind, and checking gives False for what is no signature.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from hookscope.signatures.keys import decode_base64, decode_hex

PublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
PUBLIC_KINDS: dict[str, type[PublicKey]] = {
    "ed25519": ed25519.Ed25519PublicKey,
    "ecdsa": ec.EllipticCurvePublicKey,
    "rsa": rsa.RSAPublicKey,
}
PRIVATE_KINDS: dict[str, type[PrivateKey]] = {
    "ed25519": ed25519.Ed25519PrivateKey,
    "ecdsa": ec.EllipticCurvePrivateKey,
    "rsa": rsa.RSAPrivateKey,
}
CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
CURVE_OF_HASH = {"sha256": "secp256r1", "sha384": "secp384r1", "sha512": "secp521r1"}
CURVE_OF_TOKEN = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
RAW_PREFIXES = (b"whpk_",)
RAW_PRIVATE_PREFIXES = (b"whsk_",)
REFUSED = (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error, KeyError, OverflowError)


@lru_cache(maxsize=128)
def load_public(kind: str, value: bytes) -> PublicKey | None:
    """The public key of a kind (`ed25519`, `ecdsa`, `rsa`) in what a user configured;
    None where it is not such a key."""
    key: PublicKey | None = _read_public(value.strip(), kind)
    return key if isinstance(key, PUBLIC_KINDS[kind]) else None


@lru_cache(maxsize=128)
def load_private(kind: str, value: bytes) -> PrivateKey | None:
    """The private key of a kind in PEM, DER or (Ed25519) a bare seed; None where it is not such a key."""
    value = value.strip()
    key: Any = None  # Any: the library has a type per kind of key
    try:
        if value.startswith(b"-----BEGIN"):
            key = serialization.load_pem_private_key(value, None)
        elif kind == "ed25519" and (raw := _raw(value, RAW_PRIVATE_PREFIXES, (32, 64))) is not None:
            key = ed25519.Ed25519PrivateKey.from_private_bytes(raw[:32])
        elif (der := decode_base64(b"".join(value.split()))) is not None:
            key = serialization.load_der_private_key(der, None)
    except REFUSED:
        return None
    return key if isinstance(key, PRIVATE_KINDS[kind]) else None


def fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is on the curve that a hash is used with (P-256 with SHA-256 and so on);
    other kinds fit every hash."""
    return not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name == CURVE_OF_HASH.get(algorithm)


def check(key: PublicKey, signature: bytes, message: bytes, algorithm: str) -> bool:
    """Whether a signature (DER for ECDSA, PKCS #1 v1.5 for RSA) holds for the message."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(HASHES[algorithm]()))
        else:
            key.verify(signature, message, padding.PKCS1v15(), HASHES[algorithm]())
    except (InvalidSignature, *REFUSED):
        return False
    return True


def make(key: PrivateKey, message: bytes, algorithm: str) -> bytes:
    """A signature of the message, in the form that `check` takes."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(HASHES[algorithm]()))
    return key.sign(message, padding.PKCS1v15(), HASHES[algorithm]())


def check_pss(key: PublicKey, signature: bytes, message: bytes, algorithm: str) -> bool:
    """As `check`, for RSASSA-PSS with a salt as long as the hash (RFC 9421, section 3.3.1)."""
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, message, _pss(algorithm), HASHES[algorithm]())
    except (InvalidSignature, *REFUSED):
        return False
    return True


def make_pss(key: PrivateKey, message: bytes, algorithm: str) -> bytes:
    """A signature in the form that `check_pss` takes; as `make` for a key that is not RSA."""
    if not isinstance(key, rsa.RSAPrivateKey):
        return make_joined(key, message, algorithm)
    return key.sign(message, _pss(algorithm), HASHES[algorithm]())


def _pss(algorithm: str) -> padding.PSS:
    return padding.PSS(padding.MGF1(HASHES[algorithm]()), padding.PSS.DIGEST_LENGTH)


def check_joined(key: PublicKey, signature: bytes, message: bytes, algorithm: str) -> bool:
    """As `check`, with an ECDSA signature as JSON Web Tokens have it: both numbers joined (RFC 7518, section 3.4)."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = (key.curve.key_size + 7) // 8
        if len(signature) != 2 * half or key.curve.name != CURVE_OF_HASH.get(algorithm):
            return False
        signature = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    return check(key, signature, message, algorithm)


def make_joined(key: PrivateKey, message: bytes, algorithm: str) -> bytes:
    """A signature as JSON Web Tokens have it."""
    signature = make(key, message, algorithm)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        half = (key.curve.key_size + 7) // 8
        first, second = decode_dss_signature(signature)
        return first.to_bytes(half) + second.to_bytes(half)
    return signature


def new_private_pem(kind: str, algorithm: str = "") -> bytes:
    """A new private key as PEM (PKCS #8): a local test key, made for one machine's own deliveries;
    `ES384` and `ES512` name its curve."""
    key: PrivateKey
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind == "ecdsa":
        key = ec.generate_private_key(CURVES.get(CURVE_OF_TOKEN.get(algorithm, ""), ec.SECP256R1)())
    else:
        key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: PrivateKey) -> bytes:
    """The public key of a private one, as PEM."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def kind_of(value: bytes) -> str:
    """In plain words what a configured key is (`an RSA public key`, `an Ed25519 private key`);
    empty where it is no key in PEM or DER."""
    words = {"ed25519": "an Ed25519", "ecdsa": "an elliptic-curve", "rsa": "an RSA"}
    for kind, name in words.items():
        if load_private(kind, value) is not None and value.strip().startswith(b"-----BEGIN"):
            return f"{name} private key"
    key = _read_public(value.strip(), "")
    return next((f"{name} public key" for kind, name in words.items() if isinstance(key, PUBLIC_KINDS[kind])), "")


def signature_size(kind: str, value: bytes, signature: bytes) -> int:
    """How many bytes a signature of a key should have;
    for ECDSA as many as its own beginning says. 0 where that is not known."""
    key = load_public(kind, value)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return 64
    if isinstance(key, rsa.RSAPublicKey):
        return (key.key_size + 7) // 8
    return signature[1] + 2 if key is not None and len(signature) > 2 and signature[0] == 0x30 else 0


def certificate_notes(value: bytes, now: float) -> tuple[str, ...]:
    """What a certificate's dates say at `now`, in sentences; empty for a bare key or a valid certificate."""
    try:
        certificate = x509.load_pem_x509_certificate(value)
    except REFUSED:
        return ()
    moment = datetime.fromtimestamp(now, UTC)
    if moment > certificate.not_valid_after_utc:
        return (f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}; it was trusted as given",)
    if moment < certificate.not_valid_before_utc:
        return (
            f"the certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}; it was trusted as given",
        )
    return ("the certificate was trusted as given, its chain was not checked",)


def _read_public(value: bytes, kind: str) -> Any:  # Any: the library has a type per kind of key
    try:
        if value.startswith(b"-----BEGIN CERTIFICATE"):
            return x509.load_pem_x509_certificate(value).public_key()
        if value.startswith(b"-----BEGIN"):
            return serialization.load_pem_public_key(value)
        if value.startswith(b"{"):
            return _read_jwk(json.loads(value))
        if kind in ("ed25519", "") and (raw := _raw(value, RAW_PREFIXES, (32,))) is not None:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        return _read_der(decode_base64(b"".join(value.split())) or value)
    except (*REFUSED, RecursionError):
        return None


def _read_der(der: bytes) -> Any:
    """The public key in DER, bare or in a certificate."""
    try:
        return serialization.load_der_public_key(der)
    except REFUSED:
        return x509.load_der_x509_certificate(der).public_key()


def _raw(value: bytes, prefixes: tuple[bytes, ...], sizes: tuple[int, ...]) -> bytes | None:
    for prefix in prefixes:
        value = value.removeprefix(prefix)
    for decoded in (decode_hex(value), decode_base64(value)):
        if decoded is not None and len(decoded) in sizes:
            return decoded
    return None


def _read_jwk(data: Any) -> Any:
    """The public key of a JSON Web Key (RFC 7517), of an answer that holds one under `key`, or of a set of one."""
    data = data.get("key", data) if isinstance(data, dict) else {}
    listed = data.get("keys") if isinstance(data, dict) else None
    data = listed[0] if isinstance(listed, list) and len(listed) == 1 else data
    if not isinstance(data, dict):
        return None
    if data.get("kty") == "EC":
        numbers = ec.EllipticCurvePublicNumbers(_whole(data["x"]), _whole(data["y"]), CURVES[data["crv"]]())
        return numbers.public_key()
    if data.get("kty") == "RSA":
        return rsa.RSAPublicNumbers(_whole(data["e"]), _whole(data["n"])).public_key()
    if data.get("kty") == "OKP" and data.get("crv") == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(_part(data["x"]))
    return None


def _part(text: Any) -> bytes:
    return base64.urlsafe_b64decode(str(text) + "=" * (-len(str(text)) % 4))


def _whole(text: Any) -> int:
    return int.from_bytes(_part(text))

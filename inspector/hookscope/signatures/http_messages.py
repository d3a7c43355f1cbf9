"""HTTP Message Signatures (RFC 9421): the signature base of a request, and the digest that binds its body (RFC 9530).

Hostile fields give no signature or an error word, never an exception.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote

from hookscope.providers.facts import MAX_FIELDS, Facts
from hookscope.signatures.digests import same
from hookscope.signatures.keys import decode_base64
from hookscope.signatures.material import Material
from hookscope.signatures.urls import DEFAULT_PORTS
from hookscope_relay.hosts import split_url

MAX_LABELS = 10
MAX_COMPONENTS = 100
INPUT = re.compile(
    r'\s*,?\s*([a-z*][a-z0-9_.*-]*)=(\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)((?:;[^,"]*(?:"(?:[^"\\]|\\.)*")?)*))'
)
SIGNATURE = re.compile(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):")
COMPONENT = re.compile(r'"((?:[^"\\]|\\.)*)"((?:;[a-z*][a-z0-9_.*-]*(?:="(?:[^"\\]|\\.)*")?)*)')
PARAMETER = re.compile(r';\s*([a-z*][a-z0-9_.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^;,\s]*))?')
DIGEST = re.compile(r"(sha-256|sha-512)=:([A-Za-z0-9+/=]*):", re.IGNORECASE)
DIGESTS = {"sha-256": "sha256", "sha-512": "sha512"}
# Parameters of components that ask for what a request alone does not have, or for a parser of structured fields.
UNSUPPORTED = frozenset({"sf", "req", "tr"})


class MessageSignature(NamedTuple):
    """One labelled signature: what it covers as (name, parameters), its own parameters,
    and both as they were written."""

    label: str
    covered: tuple[tuple[str, dict[str, str]], ...]
    parameters: dict[str, str]
    written: str
    signature: bytes


def read_signatures(facts: Facts) -> list[MessageSignature]:
    """The signatures that have both an input and a value, in order; those that cannot be read are left out."""
    inputs = ", ".join(facts.headers.get("signature-input", ()))
    values = dict(SIGNATURE.findall(", ".join(facts.headers.get("signature", ()))))
    found = []
    for match in list(INPUT.finditer(inputs))[:MAX_LABELS]:
        label, written, inner, tail = match.groups()
        signature = decode_base64(values.get(label, "").encode("ascii"))
        covered = tuple((name, _parameters(rest)) for name, rest in COMPONENT.findall(inner)[:MAX_COMPONENTS])
        if signature is not None:
            found.append(MessageSignature(label, covered, _parameters(tail), written, signature))
    return found


def signature_base(found: MessageSignature, material: Material) -> bytes | None:
    """The bytes that are signed (RFC 9421, section 2.5);
    None where a covered component is absent or of a kind that is not known."""
    lines = []
    for name, parameters in found.covered:
        value = _value(name, parameters, material)
        if value is None or UNSUPPORTED & parameters.keys():
            return None
        lines.append(f'"{name}"{_written(parameters)}: {value}')
    lines.append(f'"@signature-params": {found.written}')
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def write_input(covered: tuple[str, ...], parameters: Mapping[str, str | int]) -> str:
    """The value of Signature-Input without its label."""
    named = "".join(
        f";{name}={value if isinstance(value, int) else _quoted(value)}" for name, value in parameters.items()
    )
    return f"({' '.join(_quoted(name) for name in covered)}){named}"


def content_digest(body: bytes) -> str:
    """The value of Content-Digest for a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def digest_holds(material: Material) -> bool | None:
    """Whether every digest of Content-Digest that is known is the body's; None where there is none."""
    told = DIGEST.findall(", ".join(material.facts.headers.get("content-digest", ())))
    if not told:
        return None
    return all(
        same(value, base64.b64encode(hashlib.new(DIGESTS[name.lower()], material.body).digest()))
        for name, value in told
    )


def covers(found: MessageSignature, name: str) -> bool:
    """Whether a signature covers a component."""
    return any(known == name for known, _ in found.covered)


def _parameters(text: str) -> dict[str, str]:
    return {
        name: re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        for name, value in PARAMETER.findall(text)
    }


def _written(parameters: Mapping[str, str]) -> str:
    return "".join(f";{name}" + (f"={_quoted(value)}" if value else "") for name, value in parameters.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(name: str, parameters: Mapping[str, str], material: Material) -> str | None:
    if name.startswith("@"):
        parts = split_url(material.url)
        return None if parts is None else _derived(name, parameters, material, parts)
    values = material.facts.headers.get(name)
    if values is None:
        return None
    plain = [" ".join(value.split("\r\n")).strip(" \t") for value in values]
    if "bs" in parameters:
        return ", ".join(f":{base64.b64encode(value.encode('latin-1', 'replace')).decode()}:" for value in plain)
    whole = ", ".join(plain)
    return _member(whole, parameters["key"]) if "key" in parameters else whole


def _derived(name: str, parameters: Mapping[str, str], material: Material, parts: SplitResult) -> str | None:
    """The value of a derived component (section 2.2)."""
    query = f"?{parts.query}"
    target = (parts.path or "/") + (query if parts.query or "?" in material.url else "")
    simple = {
        "@method": material.method,
        "@target-uri": material.url,
        "@authority": _authority(parts),
        "@scheme": parts.scheme.lower(),
        "@request-target": target,
        "@path": parts.path or "/",
        "@query": query,
    }
    return next(iter(_query_values(parts.query, parameters)), None) if name == "@query-param" else simple.get(name)


def _authority(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(f":{DEFAULT_PORTS.get(parts.scheme, 0)}")


def _query_values(query: str, parameters: Mapping[str, str]) -> Iterator[str]:
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return
    for name, value in fields:
        if quote(name, safe="*-._") == parameters.get("name"):
            yield quote(value, safe="*-._")


def _member(text: str, key: str) -> str | None:
    """The value of a dictionary's member as it is written."""
    found = re.search(rf'(?:^|,)\s*{re.escape(key)}=("(?:[^"\\]|\\.)*"[^,]*|[^,]*)', text)
    return found[1].strip() if found else None

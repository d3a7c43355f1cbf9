"""What to do about each mistake: one sentence a mistake id. The ids are for ever; see docs/signatures.md."""

from __future__ import annotations

from collections.abc import Mapping

FIXES: Mapping[str, str] = {
    "secret-whitespace": "Trim the secret where it is stored or read; white space around it is part of the key.",
    "secret-quoted": "Store the bare secret: quotes, the variable's name and `export` are no part of it.",
    "secret-url-encoded": "Use the secret as the provider shows it, neither percent-encoded nor decoded.",
    "secret-base64-decoded": "Use the secret as text; this provider's secret only looks like base64.",
    "secret-not-base64-decoded": "Decode the secret from base64 (after its prefix) before it keys the HMAC.",
    "secret-hex-decoded": "Use the secret as text; it only looks hexadecimal.",
    "secret-not-hex-decoded": "Decode the key from hexadecimal to bytes before it keys the HMAC.",
    "secret-prefix-stripped": "Keep the prefix: it is part of this provider's key.",
    "secret-prefix-kept": "Take the prefix off before decoding the secret.",
    "secret-case": "Keep the secret's upper and lower case.",
    "secret-truncated": "Copy the whole secret; its end is missing.",
    "secret-unicode-form": "Store the secret's characters as the provider shows them, in one Unicode form and UTF-8.",
    "secret-encoded": "Use the secret itself as the key: neither hashed nor encoded as Base64 or hexadecimal.",
    "secret-escaped": (
        "Store the secret as the provider shows it: HTML, JavaScript, JSON and shell escapes are no part of it."
    ),
    "secret-expanded": "Put the secret in single quotes where a shell reads it; in a Compose file write $$ for $.",
    "secret-is-placeholder": "Put the secret's value there: what stands there is a variable's name or a placeholder.",
    "secret-of-other-kind": (
        "Configure the webhook's signing secret; the provider has other keys, and they do not sign deliveries."
    ),
    "secret-wrong": "Compare the secret with the one on the provider's page; this signature does not cover the body.",
    "secret-of-other": "Configure the secret of this provider, environment and endpoint.",
    "secret-is-api-token": "Configure the webhook's signing secret; an API token does not sign deliveries.",
    "body-reserialized": (
        "Verify the raw bytes of the body, before anything parses it, and do not write the JSON again."
    ),
    "body-number-changed": "Verify the raw bytes of the body: parsing and writing changed numbers in it.",
    "body-newline-added": "Verify the body exactly as received; a trailing newline makes the difference.",
    "body-newline-removed": "Verify the body exactly as received; a trailing newline makes the difference.",
    "body-crlf": "Keep the body's line ends: read it as bytes, not as text.",
    "body-trimmed": "Do not trim the body before verifying it.",
    "body-bom": "Do not add or remove a byte-order mark.",
    "body-charset": "Verify the body's bytes; do not decode it and encode it again in another character set.",
    "body-unicode-form": "Do not normalise the body's text before verifying it.",
    "body-decompressed": "Verify the form of the body that was signed: one side saw it packed, the other unpacked.",
    "body-compressed": "Verify the form of the body that was signed: one side saw it packed, the other unpacked.",
    "body-base64": (
        "Verify the body's own bytes: gateways hand bodies on in Base64 (isBase64Encoded), to be decoded once."
    ),
    "body-form-reencoded": "Verify the raw form body, before it is parsed into fields.",
    "body-empty": "Something read the body before it was verified: read the raw body first, or keep a copy.",
    "body-changed": "Compare the body with what the provider says it sent, and the secret with the provider's page.",
    "timestamp-left-out": "Put the timestamp into the signed message.",
    "timestamp-unit": "Use the timestamp's text as it stands in the header, without converting it.",
    "timestamp-of-other-header": "Take the timestamp from the place that the provider documents.",
    "timestamp-stale": (
        "Verify soon after the delivery; to replay an old one, sign it again or set the clock with --now."
    ),
    "timestamp-future": "Set the clock of this machine (or of the sender).",
    "id-left-out": "Put the delivery's id into the signed message.",
    "message-order": "Join the parts of the signed message in the documented order.",
    "message-separator": "Join the parts of the signed message with the documented separator.",
    "method-changed": "Sign and verify with the method that the provider used.",
    "url-scheme": "Verify with the scheme that the provider called (https), not the one behind the proxy or tunnel.",
    "url-host": "Verify with the host that the provider called, not the one behind the proxy or tunnel.",
    "url-port": "Verify with the port (or without) as the provider called it.",
    "url-path": "Verify with the whole path that the provider called, including what a proxy cuts off or adds.",
    "url-trailing-slash": "Verify with the registered URL to the letter; its final slash counts.",
    "url-query-order": "Keep the query's fields in the order in which they came.",
    "url-query-dropped": "Verify with the whole URL, the query included.",
    "url-encoding": "Use the raw URL; do not decode or encode it again.",
    "params-unsorted": "Sort the form's fields by name before joining them.",
    "params-dropped": "Take all form fields into the signed text, empty ones included.",
    "parameter-other": "Give the parameter of this very webhook: sandbox, live and the simulator each have their own.",
    "encoding-hex-base64": "Write and compare the digest in the documented encoding.",
    "encoding-base64url": "Use the documented base64 alphabet.",
    "encoding-padding": "Keep base64's padding as documented.",
    "encoding-case": "Write hexadecimal digits in lower case, or compare the bytes.",
    "prefix-missing": "Write the prefix before the signature, and take it off before comparing.",
    "prefix-doubled": "Write the prefix once.",
    "prefix-other": "Write the documented prefix.",
    "algorithm-other": "Use the documented algorithm.",
    "header-missing": "Set a secret for the webhook at the provider, and let the signature header through every proxy.",
    "header-malformed": "Send the signature header as documented.",
    "header-of-other-provider": (
        "Verify as the provider whose header is there, or point the right provider at this address."
    ),
    "signature-truncated": "Pass the whole signature on; something cut it short.",
    "signature-duplicated": "Send the signature header once.",
    "key-kind": "Configure the public key (or certificate) that the provider publishes for webhooks.",
}

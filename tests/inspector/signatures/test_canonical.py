from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Scheme
from hookscope.signatures.canonical import algorithm_of, body_bound, escaped_body, listed_headers, path_of, plain_form
from hookscope.signatures.material import Material
from hookscope.signatures.templates import build_message

FORM = ("Content-Type", "application/x-www-form-urlencoded")
SNS = (
    b'{"Type":"SubscriptionConfirmation","Token":"t","TopicArn":"arn","Message":"m","MessageId":"i",'
    b'"SubscribeURL":"u","Timestamp":"now","Subject":"not signed here"}'
)


@pytest.mark.parametrize(
    ("template", "changes", "message"),
    [
        ("{body}", {"body": b"\xff"}, b"\xff"),
        ("{method}.{url}", {"url": "https://x/é"}, "POST.https://x/é".encode()),
        ("{url}", {"url": "", "headers": (("Host", "h"),), "target": "/t?q"}, b"https://h/t?q"),
        ("{path}", {"url": "https://x"}, b"/"),
        ("{path_escaped_twice}", {"url": "https://example.com/hooks?x=1"}, b"/hooks?x%253D1"),
        ("{path}", {"url": "https://[::1/a"}, b""),
        ("{path}", {"url": "https://x/a?b#c"}, b"/a?b"),
        ("{crc32}", {"body": b"hello"}, b"907060870"),
        ("{form}", {"headers": (FORM,), "body": b"b=2&a=1&b=1&b=2&c="}, b"a1b1b2c"),
        ("{form}", {"headers": (), "body": b"a=1"}, b""),
        ("{plain_form}", {"body": b"b=2&a=1&b=1"}, b"b2a1b1"),
        ("{header.X-A}|{body.a.0}|{query.q}|{param.p}", {"headers": (("x-a", "\xe9"),), "body": b'{"a":["\xc3\xa9"]}', "target": "/?q=1"}, b"\xe9|\xc3\xa9|1|P"),
        ("{sns}", {"body": b'{"Type":"Notification","Message":"m","MessageId":"i","Timestamp":"now","TopicArn":"arn"}'}, b"Message\nm\nMessageId\ni\nTimestamp\nnow\nTopicArn\narn\nType\nNotification\n"),
        ("{sns}", {"body": SNS}, b"Message\nm\nMessageId\ni\nSubscribeURL\nu\nTimestamp\nnow\nToken\nt\nTopicArn\narn\nType\nSubscriptionConfirmation\n"),
        ("{sns}", {"body": b"[]"}, b""),
        ("{sorted_url}|{sorted_fields}", {"url": "https://x/a?z=1&b=2#c", "headers": (FORM,), "body": b"c=1&a=2"}, b"https://x/a?b=2&z=1.|a2c1"),
        ("{sorted_url}|{sorted_fields}", {"url": "https://x/a", "headers": (FORM,), "body": b"c=1"}, b"https://x/a?|c1"),
        ("{sorted_url}|{sorted_fields}", {"url": "https://x/a?b=2", "method": "GET", "headers": ()}, b"https://x/a?b=2|"),
        ("{signed_headers}", {"headers": (("x-contentful-signed-headers", "X-B, x-a"), ("X-A", " 1 "), ("x-b", "2"))}, b"x-a:1;x-b:2"),
    ],
)  # fmt: skip
def test_a_template_builds_the_signed_message(template, changes, message):
    material = Material(Facts(make_delivery(**changes)), params={"p": "P"})
    assert build_message(template, material, b"key") == message


@pytest.mark.parametrize(
    ("body", "escaped"),
    [
        (b'{"a":1}', None),
        ('{"a":"é😀"}'.encode(), b'{"a":"\\u00e9\\ud83d\\ude00"}'),
        (b'{"a":"\\/\\n"}\n', b'{"a":"\\/\\\\n"}\\n'),
        (b"\xff", None),
        (b'{"a":"\x7f\t\r"}', b'{"a":"\\u007f\\t\\r"}'),
        ('{"a":"\ud800"}'.encode("utf-8", "surrogatepass"), None),
    ],
)
def test_boxs_other_form_of_a_body(body, escaped):
    assert escaped_body(body) == escaped


def material(**changes):
    return Material(Facts(make_delivery(**changes)))


HASH = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.mark.parametrize(
    ("query", "headers", "bound"),
    [
        ("", (), True),
        (f"?a=1&bodySHA256={HASH}#x", (), True),
        (f"?bodySHA256={HASH[::-1]}", (), False),
        (f"?bodySHA256={HASH[::-1]}", (FORM,), True),
    ],
)
def test_a_body_that_is_no_form_is_bound_by_the_hash_in_the_url(query, headers, bound):
    assert body_bound(material(url=f"https://x/{query}", headers=headers, body=b"hello")) is bound


@pytest.mark.parametrize(("version", "algorithm"), [("1", "sha1"), ("2", "sha256"), ("3", "sha1")])
def test_amazon_states_its_hash_in_the_message(version, algorithm):
    body = b'{"SignatureVersion":"%s"}' % version.encode()
    assert algorithm_of(Scheme(name="v", message="{sns}", kind="rsa"), material(body=body)) == algorithm
    assert algorithm_of(Scheme(name="v", kind="hmac", message="{body}", algorithm="sha512"), material()) == "sha512"


def test_a_tokens_headers_are_spelt_as_it_spells_them():
    listing = material(headers=(("X-A", "1"),)).but(listed=("x-a", "X-None"))
    assert listed_headers(listing) == b"x-a: 1\nX-None: \n"


def test_a_form_of_endless_fields_is_none():
    assert plain_form(b"&".join([b"a=1"] * 20_000)) == b""


def test_the_path_that_is_named_is_the_one_that_was_called():
    material = Material(Facts(make_delivery(url="https://x/a?b")))
    assert path_of(material) == "/a?b"
    material.path = "/other"
    assert path_of(material) == "/other"

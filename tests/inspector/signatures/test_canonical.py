from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.providers.facts import Facts
from hookscope.signatures.canonical import escaped_body
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
        ("{crc32}", {"body": b"hello"}, b"907060870"),
        ("{form}", {"headers": (FORM,), "body": b"b=2&a=1&b=1&b=2&c="}, b"a1b1b2c"),
        ("{form}", {"headers": (), "body": b"a=1"}, b""),
        ("{plain_form}", {"body": b"b=2&a=1&b=1"}, b"b2a1b1"),
        ("{header.X-A}|{body.a.0}|{query.q}|{param.p}", {"headers": (("x-a", "\xe9"),), "body": b'{"a":["\xc3\xa9"]}', "target": "/?q=1"}, b"\xe9|\xc3\xa9|1|P"),
        ("{sns}", {"body": b'{"Type":"Notification","Message":"m","MessageId":"i","Timestamp":"now","TopicArn":"arn"}'}, b"Message\nm\nMessageId\ni\nTimestamp\nnow\nTopicArn\narn\nType\nNotification\n"),
        ("{sns}", {"body": SNS}, b"Message\nm\nMessageId\ni\nSubscribeURL\nu\nTimestamp\nnow\nToken\nt\nTopicArn\narn\nType\nSubscriptionConfirmation\n"),
        ("{sns}", {"body": b"[]"}, b""),
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
    ],
)
def test_boxs_other_form_of_a_body(body, escaped):
    assert escaped_body(body) == escaped

import asyncio
from wsgiref.validate import validator

import pytest
from apps import SHOP, application, asynchronous
from verifying import SECRETS


@pytest.fixture(params=["wsgi", "asgi"])
def send(request):
    SHOP.__init__()
    if request.param == "wsgi":
        return lambda delivery: delivery.send(application)
    return lambda delivery: asyncio.run(delivery.send(asynchronous))


@pytest.mark.hookscope("fixtures", secret=SECRETS)
def test_taken(send, delivery):
    SHOP.discord_key = delivery.public_key
    assert send(delivery).status_code == 204


@pytest.mark.hookscope("fixtures", secret=SECRETS)
@pytest.mark.parametrize("how", ["tampered", "unsigned"])
def test_refused(send, delivery, how):
    SHOP.discord_key = delivery.public_key
    assert send(getattr(delivery, how)()).status_code == 403


@pytest.mark.hookscope("fixtures/stripe/*.json", secret=SECRETS)
def test_too_old_and_twice(send, delivery):
    assert send(delivery.stale()).status_code == 403
    assert [send(delivery).status_code, send(delivery.duplicate()).status_code] == [204, 208]


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_by_the_letter_of_wsgi(delivery):
    SHOP.__init__()
    refused = []

    @validator
    def checked(environ, start_response):
        refused.append(environ["HTTP_X_NOTION_SIGNATURE"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    assert delivery.send(checked).status_code == 200
    assert refused == [delivery.header("X-Notion-Signature")]

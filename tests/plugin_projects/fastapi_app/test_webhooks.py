import asyncio
import importlib

import pytest
from app import app
from verifying import SECRETS


@pytest.mark.hookscope("fixtures", secret=SECRETS)
def test_taken(client, shop, delivery):
    shop.discord_key = delivery.public_key
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures", secret=SECRETS)
@pytest.mark.parametrize("how", ["tampered", "unsigned"])
def test_refused(client, shop, delivery, how):
    shop.discord_key = delivery.public_key
    assert getattr(delivery, how)().send(client).status_code == 403


@pytest.mark.hookscope("fixtures/stripe/*.json", secret=SECRETS)
def test_too_old_and_twice(client, shop, delivery):
    assert delivery.stale().send(client).status_code == 403
    assert [delivery.send(client).status_code, delivery.duplicate().send(client).status_code] == [204, 208]


@pytest.mark.hookscope("fixtures", secret=SECRETS)
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_the_asynchronous_client(shop, delivery, library):
    httpx = pytest.importorskip(library)
    importlib.import_module(library)
    shop.discord_key = delivery.public_key

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
            return await delivery.send(client)

    assert asyncio.run(run()).status_code == 204


@pytest.mark.hookscope("fixtures", secret=SECRETS)
def test_the_application_itself_is_a_client(shop, delivery):
    shop.discord_key = delivery.public_key
    assert asyncio.run(delivery.send(app)).status_code == 204

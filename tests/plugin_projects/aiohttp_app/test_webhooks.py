import pytest
from app import SHOP
from verifying import SECRETS


@pytest.mark.hookscope("fixtures", secret=SECRETS)
async def test_taken(client, delivery):
    client.app[SHOP].discord_key = delivery.public_key
    response = await delivery.send(client)
    assert response.status == 204


@pytest.mark.hookscope("fixtures", secret=SECRETS)
@pytest.mark.parametrize("how", ["tampered", "unsigned"])
async def test_refused(client, delivery, how):
    client.app[SHOP].discord_key = delivery.public_key
    response = await getattr(delivery, how)().send(client)
    assert response.status == 403
    assert await response.text() == ""


@pytest.mark.hookscope("fixtures/stripe/*.json", secret=SECRETS)
async def test_too_old_and_twice(client, delivery):
    assert (await delivery.stale().send(client)).status == 403
    assert (await delivery.send(client)).status == 204
    assert (await delivery.duplicate().send(client)).status == 208


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
async def test_edited(client, delivery):
    large = delivery.edited(body=b" " * 90_000 + delivery.body)
    assert (await large.send(client)).status == 204

import pytest
from verifying import SECRETS


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/broken")
async def test_broken_handler(client, delivery):
    assert (await delivery.send(client)).status == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
async def test_too_large(client, delivery):
    assert (await delivery.edited(body=b"x" * 200_000).send(client)).status == 204

import pytest
from verifying import SECRETS


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/protected")
def test_without_csrf_exempt(client, delivery):
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_wrong_host(client, delivery):
    assert delivery.edited(headers={"Host": "shop.example"}).send(client).status_code == 204

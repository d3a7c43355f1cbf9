import pytest
from verifying import SECRETS


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/orders")
def test_another_model(client, delivery):
    assert delivery.send(client).status_code == 200


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/slash")
def test_a_missing_slash(client, delivery):
    assert delivery.send(client).status_code == 200

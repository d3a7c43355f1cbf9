import pytest
from verifying import SECRETS


@pytest.mark.hookscope("fixtures/notion/*.json", secret="another secret")
def test_wrong_secret(client, delivery):
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/nowhere")
def test_wrong_path(client, delivery):
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS, path="/broken")
def test_broken_handler(client, delivery):
    assert delivery.send(client).status_code == 204

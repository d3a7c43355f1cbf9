import pytest
from apps import application


@pytest.mark.hookscope("fixtures/stripe/*.json", secret="whsec_a_third_secret")
def test_wrong_secret(delivery):
    assert delivery.send(application).status_code == 204


@pytest.mark.hookscope("fixtures/stripe/*.json", path="/webhooks/unheard-of")
def test_broken_handler(delivery):
    assert delivery.send(application).status_code == 204

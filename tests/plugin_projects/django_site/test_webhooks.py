import asyncio

import pytest
from django.test import AsyncClient, RequestFactory
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
def test_the_asynchronous_client(shop, delivery):
    shop.discord_key = delivery.public_key
    assert asyncio.run(delivery.send(AsyncClient())).status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_a_view_alone(shop, delivery):
    from site_of_ours.views import take

    assert take(delivery.send(RequestFactory()), "notion").status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_the_whole_application(shop, delivery):
    from django.core.wsgi import get_wsgi_application

    assert delivery.send(get_wsgi_application()).status_code == 204

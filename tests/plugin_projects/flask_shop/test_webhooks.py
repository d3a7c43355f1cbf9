import pytest
from verifying import SECRETS


@pytest.mark.hookscope("fixtures", secret=SECRETS)
def test_taken(app, client, delivery):
    app.shop.discord_key = delivery.public_key
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures", secret=SECRETS)
@pytest.mark.parametrize("how", ["tampered", "unsigned"])
def test_refused(app, client, delivery, how):
    app.shop.discord_key = delivery.public_key
    assert getattr(delivery, how)().send(client).status_code == 403


@pytest.mark.hookscope("fixtures/stripe/*.json", "fixtures/notion/*.json", secret=SECRETS)
def test_a_duplicate_is_handled_once(app, client, delivery):
    assert [delivery.send(client).status_code, delivery.duplicate().send(client).status_code] == [204, 208]
    assert app.shop.handled == [delivery.json()["id"]]


@pytest.mark.hookscope("fixtures/stripe/*.json", secret=SECRETS)
def test_too_old(client, delivery):
    assert delivery.stale().send(client).status_code == 403


@pytest.mark.hookscope("fixtures/stripe/*.json", secret=SECRETS["stripe"][1])
def test_the_old_secret_still_counts(client, delivery):
    assert delivery.send(client).status_code == 204


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_edited(app, client, delivery):
    assert delivery.edited(set={"/id": "another"}).send(client, path="/webhooks/notion?x=1").status_code == 204
    assert app.shop.handled == ["another"]


@pytest.mark.hookscope("fixtures/notion/*.json", secret=SECRETS)
def test_the_application_itself_is_a_client(app, delivery):
    assert delivery.send(app).status_code == 204

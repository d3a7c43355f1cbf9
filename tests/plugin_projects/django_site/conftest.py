import os

import django
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "site_of_ours.settings"
django.setup()


@pytest.fixture
def client():
    from django.test import Client

    return Client(enforce_csrf_checks=True)


@pytest.fixture
def shop():
    from site_of_ours import views

    views.SHOP.__init__()
    return views.SHOP

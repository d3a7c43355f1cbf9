import pytest
from app import app
from fastapi.testclient import TestClient
from verifying import Shop


@pytest.fixture
def shop():
    app.state.shop = Shop()
    return app.state.shop


@pytest.fixture
def client(shop):
    with TestClient(app) as client:
        yield client

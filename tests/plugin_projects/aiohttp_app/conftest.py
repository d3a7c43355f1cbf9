import pytest
from app import make_app


@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(make_app())

from __future__ import annotations

from flask import Flask, Response, abort, request
from verifying import Shop


def create_app() -> Flask:
    app = Flask(__name__)
    app.shop = Shop()

    @app.post("/webhooks/<provider>")
    def take(provider: str) -> Response:
        status = app.shop.take(provider, request.get_data(), request.headers.get, request.url)
        if status == 403:
            abort(403)
        return Response(status=status)

    @app.post("/broken")
    def broken() -> str:
        return request.get_json()["no such field"]

    return app

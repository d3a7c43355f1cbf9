"""Extensions that guard frameworks, and receivers of providers' libraries: `extensions_app.py NAME PORT`."""

import asyncio
import sys

from check import OTHER, SECRET, signed

NAME, PORT = sys.argv[1], int(sys.argv[2])


def flask_routes(app):
    from flask import abort, request

    @app.post("/ok")
    def ok():
        return {"received": signed(request.headers, request.get_data())}

    @app.post("/sig")
    def sig():
        if not signed(request.headers, request.get_data(), OTHER):
            abort(401, "The digest of the body is not the one in the header")
        return "ok"

    @app.post("/sig-bare")
    def bare():
        abort(403)

    @app.get("/getonly")
    def up():
        return "up"


def flask_restful():
    from flask import Flask, request
    from flask_restful import Api, Resource, abort, reqparse

    app = Flask("hooks")
    api = Api(app)
    parser = reqparse.RequestParser()
    parser.add_argument("tenant", type=str, required=True, help="Tenant cannot be blank")

    def route(path, run, method="post"):
        api.add_resource(type(path[1:], (Resource,), {method: lambda self: run()}), path)

    route("/ok", lambda: {"ok": signed(request.headers, request.get_data())})
    route(
        "/sig", lambda: signed(request.headers, request.get_data(), OTHER) or abort(401, message="signature mismatch")
    )
    route("/sig-bare", lambda: abort(403))
    route("/boom", lambda: {}["workspace"])
    route("/json", lambda: request.get_json()["type"])
    route("/field", parser.parse_args)
    route("/getonly", lambda: "up", "get")
    app.run("127.0.0.1", PORT)


def flask_restx():
    from flask import Flask, request
    from flask_restx import Api, Resource, abort, fields

    app = Flask("hooks")
    api = Api(app)
    hook = api.model("Hook", {"tenant": fields.String(required=True)})

    def route(path, run, method="post"):
        api.route(path)(type(path[1:].replace("-", ""), (Resource,), {method: run}))

    route("/ok", lambda self: {"ok": signed(request.headers, request.get_data())})
    route(
        "/sig", lambda self: signed(request.headers, request.get_data(), OTHER) or abort(401, "Signature check failed")
    )
    route("/sig-bare", lambda self: abort(401))
    route("/boom", lambda self: {}["workspace"])
    route("/json", lambda self: api.payload["type"])
    route("/schema", api.expect(hook, validate=True)(lambda self: "ok"))
    route("/getonly", lambda self: "up", "get")
    app.run("127.0.0.1", PORT)


def flask_smorest():
    from flask import Flask, request
    from flask_smorest import Api, Blueprint, abort
    from marshmallow import Schema, fields

    app = Flask("hooks")
    app.config.update(API_TITLE="hooks", API_VERSION="1", OPENAPI_VERSION="3.0.2")
    api = Api(app)
    blueprint = Blueprint("hooks", "hooks")

    class Hook(Schema):
        tenant = fields.String(required=True)

    @blueprint.post("/ok")
    def ok():
        return {"ok": signed(request.headers, request.get_data())}

    @blueprint.post("/sig")
    def sig():
        abort(401, message="HMAC does not match")

    @blueprint.post("/sig-bare")
    def bare():
        abort(403)

    @blueprint.post("/schema")
    @blueprint.arguments(Hook)
    def schema(given):
        return given

    @blueprint.get("/getonly")
    def up():
        return "up"

    api.register_blueprint(blueprint)
    app.run("127.0.0.1", PORT)


def flask_wtf():
    from flask import Flask
    from flask_wtf.csrf import CSRFProtect

    app = Flask("hooks")
    app.secret_key = "0123"
    flask_routes(app)
    CSRFProtect(app)
    app.run("127.0.0.1", PORT)


def flask_httpauth():
    from flask import Flask
    from flask_httpauth import HTTPBasicAuth, HTTPDigestAuth, HTTPTokenAuth

    app = Flask("hooks")
    app.secret_key = "0123"
    flask_routes(app)
    app.post("/basic", endpoint="basic")(HTTPBasicAuth().login_required(lambda: "ok"))
    app.post("/bearer", endpoint="bearer")(HTTPTokenAuth().login_required(lambda: "ok"))
    app.post("/digest", endpoint="digest")(HTTPDigestAuth().login_required(lambda: "ok"))
    app.post("/key", endpoint="key")(HTTPTokenAuth(header="X-API-Key").login_required(lambda: "ok"))
    app.run("127.0.0.1", PORT)


def flask_jwt():
    from flask import Flask
    from flask_jwt_extended import JWTManager, jwt_required

    app = Flask("hooks")
    app.config["JWT_SECRET_KEY"] = "0123" * 8
    JWTManager(app)
    app.post("/bearer", endpoint="bearer")(jwt_required()(lambda: "ok"))
    app.post("/cookie", endpoint="cookie")(jwt_required(locations=["cookies"])(lambda: "ok"))
    app.run("127.0.0.1", PORT)


def flask_limiter():
    from flask import Flask
    from flask_limiter import Limiter

    app = Flask("hooks")
    limiter = Limiter(lambda: "all", app=app)
    app.post("/rate", endpoint="rate")(limiter.limit("0 per minute")(lambda: "ok"))
    flask_routes(app)
    app.run("127.0.0.1", PORT)


def flask_stripe():
    import stripe
    from flask import Flask, request

    app = Flask("hooks")
    app.post("/sig", endpoint="sig")(
        lambda: stripe.Webhook.construct_event(request.data, request.headers["Stripe-Signature"], "other")
    )
    app.post("/stale", endpoint="stale")(
        lambda: stripe.Webhook.construct_event(request.data, request.headers["Stripe-Signature"], SECRET.decode())
    )
    app.run("127.0.0.1", PORT, debug=True, use_reloader=False)


def flask_standardwebhooks():
    from flask import Flask, request
    from standardwebhooks import Webhook, WebhookVerificationError

    app = Flask("hooks")

    @app.post("/sig")
    def sig():
        try:
            Webhook("whsec_dW5zZWVu").verify(request.get_data(), dict(request.headers))
        except WebhookVerificationError as error:
            return str(error), 400
        return "ok"

    app.run("127.0.0.1", PORT)


def serve(app):
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")


def slowapi():
    from fastapi import FastAPI, Request
    from slowapi import Limiter, _rate_limit_exceeded_handler
    from slowapi.errors import RateLimitExceeded

    app = FastAPI()
    limiter = Limiter(key_func=lambda: "all")
    app.state.limiter = limiter
    app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)

    @app.post("/rate")
    @limiter.limit("0/minute")
    async def rate(request: Request):
        return "ok"

    serve(app)


def fastapi_csrf():
    from typing import Annotated

    from fastapi import Depends, FastAPI, Request
    from fastapi.responses import JSONResponse
    from fastapi_csrf_protect import CsrfProtect
    from fastapi_csrf_protect.exceptions import CsrfProtectError

    app = FastAPI()
    CsrfProtect.load_config(lambda: [("secret_key", "0123")])

    @app.post("/csrf")
    async def csrf(request: Request, protect: Annotated[CsrfProtect, Depends()]):
        await protect.validate_csrf(request)
        return "ok"

    @app.exception_handler(CsrfProtectError)
    def refused(request: Request, error: CsrfProtectError):
        return JSONResponse(status_code=error.status_code, content={"detail": error.message})

    serve(app)


def fastapi_security():
    from fastapi import Depends, FastAPI, HTTPException, Request
    from fastapi.security import APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBasic, HTTPBearer, OAuth2PasswordBearer

    app = FastAPI()
    guards = {
        "/basic": HTTPBasic(),
        "/bearer": HTTPBearer(),
        "/oauth": OAuth2PasswordBearer("token"),
        "/key": APIKeyHeader(name="X-API-Key"),
        "/key-query": APIKeyQuery(name="api_key"),
        "/cookie": APIKeyCookie(name="session"),
    }
    for path, guard in guards.items():
        app.post(path, dependencies=[Depends(guard)])(lambda: "ok")

    @app.post("/schema")
    def schema(tenant: str, request: Request):
        return tenant

    @app.post("/sig")
    def sig():
        raise HTTPException(400, {"code": "signature", "reason": "digest differs"})

    serve(app)


def mcp():
    from mcp.server.mcpserver import MCPServer

    MCPServer("hooks").run("streamable-http", host="127.0.0.1", port=PORT)


def slack_bolt():
    from slack_bolt import App

    App(token="xoxb-1", signing_secret=OTHER.decode(), token_verification_enabled=False).start(port=PORT, path="/sig")


def telegram_bot():
    import tornado.web
    from telegram.ext._utils.webhookhandler import TelegramHandler

    async def run():
        given = {"bot": None, "update_queue": asyncio.Queue(), "secret_token": "0123"}
        tornado.web.Application([("/sig/?", TelegramHandler, given)]).listen(PORT, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(run())


def aiogram():
    from aiogram import Bot, Dispatcher
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler
    from aiohttp import web

    app = web.Application()
    SimpleRequestHandler(Dispatcher(), Bot("1:a"), secret_token="0123").register(app, path="/sig")
    web.run_app(app, host="127.0.0.1", port=PORT)


def gidgethub():
    from aiohttp import web
    from gidgethub import BadRequest, ValidationFailure
    from gidgethub.sansio import Event

    async def hook(request):
        try:
            Event.from_http(request.headers, await request.read(), secret="other")
        except ValidationFailure as error:
            return web.Response(status=401, text=str(error))
        except BadRequest as error:
            return web.Response(status=int(error.status_code), text=str(error))
        return web.Response(status=202)

    async def raising(request):
        Event.from_http(request.headers, await request.read(), secret="other")

    app = web.Application()
    app.router.add_post("/sig", hook)
    app.router.add_post("/sig-raised", raising)
    web.run_app(app, host="127.0.0.1", port=PORT)


def websockets():
    from websockets.asyncio.server import serve as ws

    async def run():
        async with ws(lambda socket: socket.wait_closed(), "127.0.0.1", PORT):
            await asyncio.Event().wait()

    asyncio.run(run())


def grpc():
    from concurrent import futures

    import grpc as g

    server = g.server(futures.ThreadPoolExecutor(2))
    server.add_insecure_port(f"127.0.0.1:{PORT}")
    server.start()
    server.wait_for_termination()


def quart_schema():
    from dataclasses import dataclass

    from quart import Quart, abort
    from quart_rate_limiter import RateLimiter, rate_limit
    from quart_schema import QuartSchema, validate_request

    app = Quart("hooks")
    QuartSchema(app)
    RateLimiter(app)
    from datetime import timedelta

    @dataclass
    class Hook:
        tenant: str

    @app.post("/schema")
    @validate_request(Hook)
    async def schema(data: Hook):
        return "ok"

    @app.post("/rate")
    @rate_limit(1, timedelta(hours=1))
    async def rate():
        return "ok"

    @app.post("/sig")
    async def sig():
        abort(401, "signature of the webhook is wrong")

    @app.post("/boom")
    async def boom():
        return {}["workspace"]

    app.run("127.0.0.1", PORT)


def hug():
    import hug as h

    @h.post("/ok")
    def ok(body):
        return {"ok": True}

    @h.post("/field")
    def field(tenant: h.types.text):
        return tenant

    @h.post("/key", requires=h.authentication.api_key(lambda key: None))
    def key():
        return "ok"

    @h.post("/basic", requires=h.authentication.basic(lambda name, word: False))
    def basic():
        return "ok"

    @h.get("/getonly")
    def up():
        return "up"

    from wsgiref.simple_server import make_server

    make_server("127.0.0.1", PORT, h.API(__name__).http.server()).serve_forever()


def jupyter():
    from jupyter_server.serverapp import main

    main(["--no-browser", "--allow-root", f"--port={PORT}", "--ip=127.0.0.1"])


def nicegui():
    from nicegui import ui

    ui.run(host="127.0.0.1", port=PORT, show=False, reload=False)


def httpbin():
    from httpbin import app

    app.run("127.0.0.1", PORT)


def eve():
    from eve import Eve
    from eve.auth import BasicAuth

    domain = {
        "hooks": {"resource_methods": ["POST"], "schema": {"tenant": {"type": "string", "required": True}}},
        "closed": {"resource_methods": ["POST"], "authentication": BasicAuth},
        "reads": {},
    }
    Eve(
        settings={
            "DOMAIN": domain,
            "MONGO_DBNAME": "hooks",
            "MONGO_URI": "mongodb://127.0.0.1:1/hooks?serverSelectionTimeoutMS=300",
        }
    ).run("127.0.0.1", PORT)


def tastypie():
    import django
    from django.conf import settings

    settings.configure(
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="0123",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "tastypie"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()
    from django.urls import include, path
    from tastypie.api import Api
    from tastypie.authentication import ApiKeyAuthentication, BasicAuthentication
    from tastypie.authorization import Authorization
    from tastypie.resources import Resource

    def resource(name, **options):
        meta = type(
            "Meta", (), {"resource_name": name, "authorization": Authorization(), "object_class": dict, **options}
        )
        return type(
            name,
            (Resource,),
            {
                "Meta": meta,
                "detail_uri_kwargs": lambda self, bundle: {"pk": 1},
                "obj_create": lambda self, bundle, **given: bundle,
            },
        )()

    api = Api("v1")
    for one in (
        resource("ok", allowed_methods=["post"]),
        resource("key", authentication=ApiKeyAuthentication()),
        resource("basic", authentication=BasicAuthentication()),
        resource("getonly", allowed_methods=["get"]),
        resource("boom"),
    ):
        api.register(one)
    globals()["urlpatterns"] = [path("", include(api.urls))]
    from wsgiref.simple_server import make_server

    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", PORT, get_wsgi_application()).serve_forever()


def kinto():
    from wsgiref.simple_server import make_server

    from kinto import main

    make_server(
        "127.0.0.1",
        PORT,
        main(
            {},
            **{
                "kinto.storage_backend": "kinto.core.storage.memory",
                "kinto.permission_backend": "kinto.core.permission.memory",
                "kinto.cache_backend": "kinto.core.cache.memory",
                "kinto.userid_hmac_secret": "0123",
            },
        ),
    ).serve_forever()


def chalice():
    from chalice import Chalice, UnauthorizedError
    from chalice.config import Config
    from chalice.local import LocalDevServer

    app = Chalice(app_name="hooks")
    app.route("/ok", methods=["POST"])(lambda: {"ok": True})

    @app.route("/sig", methods=["POST"])
    def sig():
        raise UnauthorizedError("signature of the request is invalid")

    @app.route("/boom", methods=["POST"])
    def boom():
        return {}["workspace"]

    @app.route("/json", methods=["POST"])
    def read():
        return {"type": app.current_request.json_body["type"]}

    app.route("/key", methods=["POST"], api_key_required=True)(lambda: {"ok": True})
    app.route("/getonly")(lambda: "up")
    LocalDevServer(app, Config.create(chalice_app=app), "127.0.0.1", PORT).serve_forever()


globals()[NAME]()

"""Further frameworks of Python: `more_frameworks_app.py NAME PORT`; each in its own style,
each with its own way to refuse."""

import sys
from wsgiref.simple_server import make_server

from check import OTHER, signed

NAME, PORT = sys.argv[1], int(sys.argv[2])


def serve_wsgi(application):
    make_server("127.0.0.1", PORT, application).serve_forever()


def serve_asgi(application):
    import uvicorn

    uvicorn.run(application, host="127.0.0.1", port=PORT, log_level="critical")


def flama():
    from flama import Flama
    from flama.exceptions import HTTPException
    from flama.http import Request

    app = Flama(openapi={"info": {"title": "hooks", "version": "1", "description": ""}}, schema=None, docs=None)

    @app.route("/ok", methods=["POST"])
    async def ok(request: Request):
        return {"received": signed(request.headers, await request.body())}

    @app.route("/sig", methods=["POST"])
    async def sig(request: Request):
        if not signed(request.headers, await request.body(), OTHER):
            raise HTTPException(401, "The signature of this webhook is not ours")

    @app.route("/sig-bare", methods=["POST"])
    async def bare():
        raise HTTPException(403)

    @app.route("/boom", methods=["POST"])
    async def boom():
        return {}["workspace"]

    @app.route("/json", methods=["POST"])
    async def read(request: Request):
        return {"type": (await request.json())["type"]}

    for path, methods in (("/getonly", ["GET"]), ("/noslash", ["POST"]), ("/slash/", ["POST"])):
        app.add_route(path, lambda: {"up": True}, methods=methods)
    serve_asgi(app)


def baize():
    from baize.asgi import JSONResponse, PlainTextResponse, Router, request_response

    @request_response
    async def ok(request):
        return JSONResponse({"ok": signed(request.headers, await request.body)})

    @request_response
    async def sig(request):
        if not signed(request.headers, await request.body, OTHER):
            return JSONResponse({"code": "SIGNATURE_MISMATCH"}, 401)
        return PlainTextResponse("ok")

    @request_response
    async def bare(request):
        return PlainTextResponse(b"", 403)

    @request_response
    async def boom(request):
        return {}["workspace"]

    @request_response
    async def read(request):
        return PlainTextResponse((await request.json)["type"])

    routes = (
        ("/ok", ok),
        ("/sig", sig),
        ("/sig-bare", bare),
        ("/boom", boom),
        ("/json", read),
        ("/noslash", ok),
        ("/slash/", ok),
    )
    serve_asgi(Router(*routes))


def circuits():
    from circuits.web import Controller, Server
    from circuits.web.errors import httperror

    class Root(Controller):
        def ok(self, *args, **fields):
            return "ok"

        def sig(self, *args, **fields):
            return httperror(self.request, self.response, 401, description="Webhook signature mismatch")

        def sig_bare(self, *args, **fields):
            return self.forbidden()

        def boom(self, *args, **fields):
            return {}["workspace"]

        def login(self, *args, **fields):
            return self.redirect("/sign-in")

    (Server(("127.0.0.1", PORT)) + Root()).run()


def bobo():
    import bobo as b
    import webob

    @b.post("/ok", content_type="application/json")
    def ok(bobo_request):
        return {"ok": True}

    @b.post("/sig")
    def sig(bobo_request):
        raise b.BoboException(401, "Webhook signature mismatch", content_type="text/plain")

    @b.post("/sig-bare")
    def bare(bobo_request):
        return webob.exc.HTTPForbidden()

    @b.post("/boom")
    def boom(bobo_request):
        return {}["workspace"]

    @b.post("/json", content_type="application/json")
    def read(bobo_request):
        return bobo_request.json["type"]

    @b.get("/getonly")
    def up():
        return "up"

    @b.post("/noslash")
    def noslash():
        return "ok"

    @b.post("/field")
    def field(tenant):
        return tenant

    import types

    module = types.ModuleType("hooks_of_bobo")
    for one in (ok, sig, bare, boom, read, up, noslash, field):
        one.__module__ = "hooks_of_bobo"
        setattr(module, one.__name__, one)
    sys.modules["hooks_of_bobo"] = module
    serve_wsgi(b.Application(bobo_resources="hooks_of_bobo"))


def asgineer():
    import asgineer as a

    @a.to_asgi
    async def app(request):
        if request.path == "/ok":
            return {"ok": signed(request.headers, await request.get_body())}
        if request.path == "/sig":
            return 401, {}, "wrong signature"
        if request.path == "/sig-bare":
            return 403, {}, ""
        if request.path == "/boom":
            return {}["workspace"]
        if request.path == "/json":
            return (await request.get_json())["type"]
        return 404, {}, f"404 not found {request.path}"

    serve_asgi(app)


def itty3():
    import itty3 as i

    app = i.App()

    @app.post("/ok")
    def ok(request):
        return app.render_json(request, {"ok": True})

    @app.post("/sig")
    def sig(request):
        return app.render_json(request, {"error": "hmac check failed"}, status_code=401)

    @app.post("/sig-bare")
    def bare(request):
        return app.render(request, "", status_code=403)

    @app.post("/boom")
    def boom(request):
        return {}["workspace"]

    @app.post("/json")
    def read(request):
        return app.render(request, request.json()["type"])

    @app.get("/getonly")
    def up(request):
        return app.render(request, "up")

    @app.post("/noslash")
    def noslash(request):
        return app.render(request, "ok")

    @app.post("/slash/")
    def slash(request):
        return app.render(request, "ok")

    serve_wsgi(app.process_request)


def webob():
    from webob import Response, exc
    from webob.dec import wsgify

    @wsgify
    def app(request):
        if request.method == "GET":
            return exc.HTTPMethodNotAllowed()
        if request.path == "/ok":
            return Response(json_body={"ok": True})
        if request.path == "/sig":
            return exc.HTTPUnauthorized("The webhook's signature does not match", headers=[])
        if request.path == "/sig-bare":
            return exc.HTTPForbidden()
        if request.path == "/json":
            try:
                return Response(request.json["type"])
            except ValueError as error:
                return exc.HTTPBadRequest(f"No JSON: {error}")
        if request.path == "/entity":
            return exc.HTTPNotFound("no such subscription")
        if request.path == "/boom":
            return {}["workspace"]
        return exc.HTTPNotFound()

    serve_wsgi(app)


def responder():
    import responder as r

    api = r.API()

    @api.route("/ok")
    async def ok(req, resp):
        resp.media = {"ok": signed(req.headers, await req.content)}

    @api.route("/sig")
    async def sig(req, resp):
        resp.status_code, resp.media = 401, {"error": "signature does not match"}

    @api.route("/sig-bare")
    async def bare(req, resp):
        resp.status_code = 403

    @api.route("/boom")
    async def boom(req, resp):
        return {}["workspace"]

    @api.route("/json")
    async def read(req, resp):
        resp.text = (await req.media())["type"]

    @api.route("/noslash")
    async def noslash(req, resp):
        resp.text = "ok"

    @api.route("/slash/")
    async def slash(req, resp):
        resp.text = "ok"

    serve_asgi(api)


def fasthtml():
    from fasthtml.common import HTTPException, Response, fast_app

    app, rt = fast_app()

    @rt("/ok", methods=["post"])
    async def ok(req):
        return Response("ok")

    @rt("/sig", methods=["post"])
    async def sig(req):
        raise HTTPException(401, "signature mismatch")

    @rt("/sig-bare", methods=["post"])
    async def bare(req):
        return Response(status_code=403)

    @rt("/boom", methods=["post"])
    async def boom(req):
        return {}["workspace"]

    @rt("/field", methods=["post"])
    async def field(tenant: str):
        return tenant

    @rt("/json", methods=["post"])
    async def read(req):
        return (await req.json())["type"]

    @rt("/getonly", methods=["get"])
    async def getonly():
        return "up"

    serve_asgi(app)


def spyne():
    from spyne import Application, ServiceBase, Unicode, rpc
    from spyne.protocol.json import JsonDocument
    from spyne.server.wsgi import WsgiApplication

    class Hooks(ServiceBase):
        @rpc(Unicode, _returns=Unicode)
        def receive(context, tenant):
            return tenant

    serve_wsgi(
        WsgiApplication(
            Application([Hooks], "hooks", in_protocol=JsonDocument(validator="soft"), out_protocol=JsonDocument())
        )
    )


def wsgidav():
    import tempfile

    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    anonymous = {"*": True} if "--open" in sys.argv else {"*": {"ann": {"password": "x"}}}
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": tempfile.mkdtemp()},
            "simple_dc": {"user_mapping": anonymous},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    Server(("127.0.0.1", PORT), app).start()


def radicale():
    import tempfile

    from radicale import Application, config

    settings = config.load()
    settings.update({"auth": {"type": "denyall"}, "storage": {"filesystem_folder": tempfile.mkdtemp()}}, "here")
    serve_wsgi(Application(settings))


def hypercorn():
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        if scope["path"] == "/boom":
            raise KeyError("workspace")
        status = {"/ok": 200, "/sig-bare": 403}.get(scope["path"], 404)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = Config()
    config.bind = [f"127.0.0.1:{PORT}"]
    asyncio.run(serve(app, config))


globals()[NAME]()

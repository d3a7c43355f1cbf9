"""A second dozen of frameworks: `further_frameworks_app.py NAME PORT`."""

import sys

from check import OTHER, signed

NAME, PORT = sys.argv[1], int(sys.argv[2])


def socketify():
    from socketify import App

    app = App()

    def answer(status, words):
        def run(res, req):
            res.write_status(status).end(words)

        return run

    app.post("/ok", answer(200, "ok"))
    app.post("/sig", answer(401, "signature verification failed"))
    app.post("/sig-bare", answer(403, ""))
    app.listen({"port": PORT, "host": "127.0.0.1"}, lambda config: None)
    app.run()


def apiflask():
    from apiflask import APIFlask, HTTPError, Schema
    from apiflask.fields import String
    from flask import request

    app = APIFlask("hooks")

    class Hook(Schema):
        tenant = String(required=True)

    @app.post("/ok")
    def ok():
        return {"ok": signed(request.headers, request.get_data())}

    @app.post("/sig")
    def sig():
        if not signed(request.headers, request.get_data(), OTHER):
            raise HTTPError(401, message="The webhook's HMAC differs")
        return "ok"

    @app.post("/sig-bare")
    def bare():
        raise HTTPError(403)

    @app.post("/boom")
    def boom():
        return {}["workspace"]

    @app.post("/json")
    def read():
        return {"type": request.get_json()["type"]}

    @app.post("/schema")
    @app.input(Hook)
    def schema(json_data):
        return json_data

    @app.post("/entity")
    def entity():
        raise HTTPError(404, message="Workspace 81 is unknown")

    @app.get("/getonly")
    def up():
        return "up"

    app.add_url_rule("/noslash", "noslash", lambda: "ok", methods=["POST"])
    app.add_url_rule("/slash/", "slash", lambda: "ok", methods=["POST"])
    app.run("127.0.0.1", PORT)


def jsonrpcserver():
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from jsonrpcserver import Success, dispatch, method

    @method
    def receive(tenant):
        return Success(tenant)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            made = dispatch(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(made.encode())

    HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()


def picows():
    import asyncio

    from picows import WSListener, ws_create_server

    async def run():
        server = await ws_create_server(lambda request: WSListener(), "127.0.0.1", PORT)
        await server.serve_forever()

    asyncio.run(run())


globals()[NAME]()

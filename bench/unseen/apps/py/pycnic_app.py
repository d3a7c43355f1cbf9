import sys
from wsgiref.simple_server import make_server

from check import OTHER, signed
from pycnic.core import WSGI, Handler
from pycnic.errors import HTTP_400, HTTP_401, HTTP_403


class Ok(Handler):
    def post(self):
        return {"status": "processed", "warnings": []}


class Sig(Handler):
    def post(self):
        length = int(self.request.environ.get("CONTENT_LENGTH") or 0)
        headers = {k[5:].replace("_", "-").lower(): v for k, v in self.request.environ.items() if k.startswith("HTTP_")}
        if not signed(headers, self.request.environ["wsgi.input"].read(length), OTHER):
            raise HTTP_401("Webhook signature is not valid")


class Bare(Handler):
    def post(self):
        raise HTTP_403()


class Boom(Handler):
    def post(self):
        return {}["workspace"]


class Json(Handler):
    def post(self):
        return {"type": self.request.data["type"]}


class Field(Handler):
    def post(self):
        if not self.request.data.get("tenant"):
            raise HTTP_400("tenant is required")


class GetOnly(Handler):
    def get(self):
        return "up"


class App(WSGI):
    debug = False
    routes = (
        ("/ok", Ok()),
        ("/sig", Sig()),
        ("/sig-bare", Bare()),
        ("/boom", Boom()),
        ("/json", Json()),
        ("/field", Field()),
        ("/getonly", GetOnly()),
        ("/slash/", Ok()),
        ("/noslash", Ok()),
    )


make_server("127.0.0.1", int(sys.argv[1]), App).serve_forever()

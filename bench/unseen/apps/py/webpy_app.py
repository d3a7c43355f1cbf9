import json
import sys

import web
from check import OTHER, signed

urls = (
    "/ok",
    "Ok",
    "/sig",
    "Sig",
    "/sig-bare",
    "Bare",
    "/boom",
    "Boom",
    "/json",
    "Json",
    "/getonly",
    "GetOnly",
    "/slash/",
    "Ok",
    "/noslash",
    "Ok",
    "/field",
    "Field",
    "/login",
    "Login",
    "/done",
    "Done",
    "/moved",
    "Moved",
    "/ip",
    "Ip",
)


def headers():
    return {k[5:].replace("_", "-").lower(): v for k, v in web.ctx.env.items() if k.startswith("HTTP_")}


class Ok:
    def POST(self):
        return "ok" if signed(headers(), web.data()) else "unsigned, but fine"


class Sig:
    def POST(self):
        if not signed(headers(), web.data(), OTHER):
            raise web.HTTPError("401 Unauthorized", {"Content-Type": "text/plain"}, "signature mismatch")


class Bare:
    def POST(self):
        raise web.forbidden()


class Boom:
    def POST(self):
        return {}["workspace"]


class Json:
    def POST(self):
        return json.loads(web.data())["type"]


class Field:
    def POST(self):
        return web.input("tenant").tenant


class GetOnly:
    def GET(self):
        return "up"


class Login:
    def POST(self):
        raise web.seeother("/login?next=%2Flogin")


class Done:
    def POST(self):
        raise web.seeother("/deliveries/1842")


class Moved:
    def POST(self):
        raise web.redirect("/v2/webhooks")


class Ip:
    def POST(self):
        if web.ctx.ip != "198.51.100.7":
            raise web.HTTPError(
                "403 Forbidden", {"Content-Type": "text/plain"}, f"Your IP address {web.ctx.ip} is not allowed"
            )


web.config.debug = False
web.httpserver.runsimple(web.application(urls, globals()).wsgifunc(), ("127.0.0.1", int(sys.argv[1])))

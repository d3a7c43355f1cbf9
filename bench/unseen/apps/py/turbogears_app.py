import sys
from wsgiref.simple_server import make_server

from check import OTHER, signed
from tg import MinimalApplicationConfigurator, TGController, abort, decode_params, expose, redirect, request
from tg.decorators import https, with_engine  # noqa: F401


class Root(TGController):
    @expose()
    def ok(self, **_):
        return "ok"

    @expose()
    def sig(self, **_):
        if not signed(request.headers, request.body, OTHER):
            abort(403, detail="webhook signature rejected")
        return "ok"

    @expose("json")
    def field(self, tenant):
        return {"tenant": tenant}

    @expose()
    def boom(self, **_):
        return {}["workspace"]

    @expose("json")
    @decode_params("json")
    def json(self, **params):
        return {"type": params["type"]}

    @https
    @expose()
    def https(self, **_):
        return "ok"

    @expose()
    def login(self, **_):
        redirect("/login", params={"came_from": "/hook"})

    @expose()
    def noslash(self, **_):
        return "ok"

    @expose()
    def entity(self, **_):
        abort(404, detail="no such subscription")


config = MinimalApplicationConfigurator()
config.update_blueprint({"root_controller": Root(), "debug": False})
make_server("127.0.0.1", int(sys.argv[1]), config.make_wsgi_app()).serve_forever()

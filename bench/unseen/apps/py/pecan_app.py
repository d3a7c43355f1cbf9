import sys
from wsgiref.simple_server import make_server

from check import OTHER, signed
from pecan import abort, expose, make_app, redirect, request


class Root:
    @expose(generic=True)
    def ok(self):
        return "up"

    @ok.when(method="POST")
    def ok_post(self):
        return "accepted" if signed(request.headers, request.body) else "unsigned"

    @expose()
    def sig(self):
        if not signed(request.headers, request.body, OTHER):
            abort(403, "Signature check failed")
        return "ok"

    @expose()
    def sig_bare(self):
        abort(401)

    sig_bare.exposed = True

    @expose()
    def boom(self):
        return {}["workspace"]

    @expose("json")
    def json(self):
        return {"type": request.json["type"]}

    @expose()
    def noslash(self):
        return "ok"

    @expose(generic=True)
    def getonly(self):
        abort(405)

    @getonly.when(method="GET")
    def getonly_get(self):
        return "up"

    @expose()
    def login(self):
        redirect("/sign_in")

    @expose("json")
    def field(self, tenant):
        return {"tenant": tenant}


make_server("127.0.0.1", int(sys.argv[1]), make_app(Root(), debug=False)).serve_forever()

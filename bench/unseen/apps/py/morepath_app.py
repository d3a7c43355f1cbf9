import json
import sys

import morepath
from check import OTHER, signed
from webob.exc import HTTPForbidden, HTTPUnauthorized


class App(morepath.App):
    pass


class Hook:
    def __init__(self, name):
        self.name = name


@App.path(model=Hook, path="/{name}")
def get_hook(name):
    return (
        Hook(name)
        if name in {"ok", "sig", "sig-bare", "boom", "json", "noslash", "login", "getonly", "entity"}
        else None
    )


@App.view(model=Hook, request_method="GET")
def up(self, request):
    return "up"


class Post(Hook):
    pass


@App.path(model=Post, path="/post/{name}")
def get_post(name):
    return Post(name)


@App.view(model=Hook, request_method="POST")
def post(self, request):
    if self.name == "sig" and not signed(request.headers, request.body, OTHER):
        raise HTTPUnauthorized("The signature of this delivery does not match")
    if self.name == "sig-bare":
        raise HTTPForbidden()
    if self.name == "boom":
        return {}["workspace"]
    if self.name == "json":
        return json.loads(request.body)["type"]
    if self.name == "login":
        return morepath.redirect("/login")
    return "ok"


@App.json(model=Post, request_method="POST")
def post_json(self, request):
    return {"success": True, "errors": []}


class GetOnly:
    pass


@App.path(model=GetOnly, path="/only/get")
def getonly():
    return GetOnly()


@App.view(model=GetOnly, request_method="GET")
def view_getonly(self, request):
    return "up"


morepath.autoscan()
App.commit()
morepath.run(App(), host="127.0.0.1", port=int(sys.argv[1]), ignore_cli=True)

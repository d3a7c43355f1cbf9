import sys
from pathlib import Path

import connexion
from connexion.exceptions import Forbidden, Unauthorized

SPEC = """
openapi: 3.0.0
info: {title: hooks, version: '1'}
paths:
%s
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key, x-apikeyInfoFunc: __main__.check_key}
    jwt: {type: http, scheme: bearer, x-bearerInfoFunc: __main__.check_key}
    basic: {type: http, scheme: basic, x-basicInfoFunc: __main__.check_key}
"""
PATH = "  %s:\n    %s:\n      operationId: __main__.%s\n      responses: {'200': {description: ok}}\n%s"
BODY = "      requestBody:\n        required: true\n        content:\n          application/json:\n            schema: {type: object%s}\n"


def check_key(*_, **__):
    return None


def ok():
    return {"ok": True}, 202


def up():
    return "up"


def slash():
    return "ok"


def noslash():
    return "ok"


def need_key():
    return "ok"


def need_bearer():
    return "ok"


def need_basic():
    return "ok"


def take(body):
    return {"got": len(body)}


take_media = take_schema = take


def sig():
    return Unauthorized("Invalid webhook signature").to_problem()


def sig_bare():
    raise Forbidden()


def boom():
    return {}["workspace"]


paths = "".join(
    PATH % row
    for row in (
        ("/ok", "post", "ok", ""), ("/sig", "post", "sig_bare", ""), ("/sig-bare", "post", "sig_bare", ""), ("/boom", "post", "boom", ""),
        ("/json", "post", "take", BODY % ""), ("/media", "post", "take_media", BODY % ""), ("/schema", "post", "take_schema", BODY % ", required: [tenant]"),
        ("/getonly", "get", "up", ""), ("/slash/", "post", "slash", ""), ("/noslash", "post", "noslash", ""),
        ("/key", "post", "need_key", "      security: [{key: []}]\n"), ("/bearer", "post", "need_bearer", "      security: [{jwt: []}]\n"),
        ("/basic", "post", "need_basic", "      security: [{basic: []}]\n"),
    )
)  # fmt: skip
Path("spec.yaml").write_text(SPEC % paths)
app = connexion.AsyncApp("hooks", specification_dir=".")
app.add_api("spec.yaml")
app.run(host="127.0.0.1", port=int(sys.argv[1]))

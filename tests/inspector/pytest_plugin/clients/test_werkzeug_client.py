from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.test import Client

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import werkzeug_client
from hookscope_relay.delivery import Headers

HEADERS: Headers = (("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2"), ("X-B", "caf\xe9"))


def make(target: str = "/hooks", headers: Headers = HEADERS, body: bytes = b'{"a":\xff}') -> SentRequest:
    return SentRequest(method="POST", target=target, headers=headers, body=body)


@pytest.fixture
def application() -> Flask:
    application = Flask("shop")

    @application.route("/", defaults={"path": ""}, methods=["POST"])
    @application.route("/<path:path>", methods=["POST"])
    def take(path: str) -> Response:
        application.config["SEEN"] = {**request.environ, "body": request.get_data(), "url": request.url}
        return Response(b"taken", 202, {"X-C": "1"})

    return application


def test_body_and_headers_arrive_as_they_are(application: Flask) -> None:
    response = werkzeug_client.send(application.test_client(), make())
    seen = application.config["SEEN"]
    assert response.status_code == 202
    assert (seen["body"], seen["HTTP_X_A"], seen["HTTP_X_B"]) == (b'{"a":\xff}', "1,2", "caf\xe9")
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("application/json", "7")


@pytest.mark.parametrize("target", ["/a?b=%20", "/a%2Fb", "//evil/x", "/", "/a?"])
def test_a_target_arrives_as_it_is(application: Flask, target: str) -> None:
    application.url_map.merge_slashes = False
    werkzeug_client.send(application.test_client(), make(target))
    assert application.config["SEEN"]["RAW_URI"] == target
    assert application.config["SEEN"]["HTTP_HOST"] == "localhost"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", [b"", b"a=1&b=%zz"])
def test_forms_are_not_written_anew(application: Flask, kind: str, body: bytes) -> None:
    werkzeug_client.send(application.test_client(), make(headers=(("Content-Type", kind),), body=body))
    seen = application.config["SEEN"]
    assert (seen["CONTENT_LENGTH"], seen["CONTENT_TYPE"]) == (str(len(body)), kind)


def test_the_base_is_what_the_application_sees(application: Flask) -> None:
    client = application.test_client()
    werkzeug_client.send(client, make("/a"))
    assert application.config["SEEN"]["url"] == werkzeug_client.base(client) + "/a"
    application.config.update(SERVER_NAME="shop.example", PREFERRED_URL_SCHEME="https")
    werkzeug_client.send(client, make("/a"))
    assert application.config["SEEN"]["url"] == werkzeug_client.base(client) + "/a" == "https://shop.example/a"


def test_werkzeugs_own_client_is_served(application: Flask) -> None:
    client = Client(application)
    assert werkzeug_client.send(client, make()).status_code == 202
    assert werkzeug_client.base(client) == "http://localhost"
    plain: Any = Client(lambda environ, start_response: [])
    assert werkzeug_client.base(plain) == "http://localhost"


def test_a_response_becomes_an_answer(application: Flask) -> None:
    answer = werkzeug_client.answer(werkzeug_client.send(application.test_client(), make()))
    assert answer is not None
    assert (answer.status, answer.reason, answer.body) == (202, "Accepted", b"taken")
    assert ("X-C", "1") in answer.headers


def test_a_stream_is_not_read_for_an_answer() -> None:
    application = Flask("shop")

    def forever() -> Any:
        while True:
            yield b"x"

    application.post("/hooks")(lambda: Response(forever(), 500))
    response = werkzeug_client.send(application.test_client(), make())
    answer = werkzeug_client.answer(response)
    response.close()
    assert answer is not None
    assert (answer.status, answer.body) == (500, b"")

from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import (
    all_marks,
    body_evidence,
    header_evidence,
    name_with_version,
    named_by_page,
    readings,
)
from hookscope.diagnosis.registry import OUTCOMES, RULES

KNOWN = {cause for rule in RULES.values() for cause in rule.causes}


def test_every_mark_has_a_source_a_cause_that_a_rule_explains_and_a_page_to_match() -> None:
    for mark in all_marks():
        asks = (
            mark.status,
            mark.body,
            mark.any,
            mark.exact,
            mark.title,
            mark.message,
            mark.regex,
            mark.header,
            mark.server,
            mark.reason,
        )
        assert mark.source, mark
        assert mark.cause in KNOWN, mark
        assert any(asks), mark
        assert 0.5 <= mark.confidence <= 1, mark


def test_every_alternative_is_a_known_cause_other_than_the_first() -> None:
    for mark in all_marks():
        assert set(mark.alternatives) <= KNOWN, mark
        assert mark.cause not in mark.alternatives, mark


def test_texts_of_marks_are_lower_case() -> None:
    for mark in all_marks():
        for text in (*mark.body, *mark.any, *mark.exact, mark.title, *mark.message, *mark.server, mark.reason):
            assert text == text.lower(), mark


def test_the_frameworks_and_layers_of_the_project_have_marks() -> None:
    products = {mark.product for mark in all_marks()}
    wanted = {
        "Flask", "Django", "Django REST framework", "FastAPI", "Starlette", "aiohttp", "Tornado", "Sanic", "Litestar", "Falcon", "Bottle",
        "Pyramid", "Express", "Fastify", "Koa", "Hapi", "Nest", "Next.js", "SvelteKit", "Astro", "Hono", "Rails", "Sinatra", "Laravel",
        "Spring", "ASP.NET Core", "nginx", "Apache httpd", "Caddy", "HAProxy", "Varnish", "lighttpd", "Squid", "ModSecurity", "Cloudflare",
        "Akamai", "Imperva", "Sucuri", "Azure Front Door", "Vite", "webpack-dev-server", "ngrok", "localtunnel", "Make", "n8n", "Zapier",
        "Pipedream", "Notion API", "Google IAP", "AWS API Gateway",
    }  # fmt: skip
    assert wanted <= products


def test_the_first_mark_of_a_product_speaks(make_case: Callable[..., Case]) -> None:
    page = b"<title>Bad Request (400)</title><h1>Bad Request (400)</h1>"
    case = make_case(400, page, base="http://tunnel.example")
    assert case.answer is not None
    assert [reading.cause for reading in readings(case, case.answer) if reading.product == "Django"] == [
        "host-not-allowed"
    ]


def test_the_evidence_points_at_the_words_in_the_body(make_case: Callable[..., Case]) -> None:
    body = "é <p>CSRF verification failed. Request aborted.</p>".encode()
    case = make_case(403, body)
    assert case.answer is not None
    fact = next(iter(readings(case, case.answer))).evidence[1]
    assert body[fact.start : fact.end] == b"CSRF verification failed. Request aborted"


def test_a_header_is_pointed_at_by_its_spelling(make_case: Callable[..., Case]) -> None:
    answer = make_case(403, headers=(("Server", "nginx/1.27"),)).answer
    assert answer is not None
    fact = header_evidence(answer, "server", "1.27")
    assert (fact.place, fact.start, fact.end) == ("answer.headers.Server", 6, 10)


def test_an_unpacked_body_has_no_offsets(make_case: Callable[..., Case]) -> None:
    import gzip

    answer = make_case(403, gzip.compress(b"csrf"), (("Content-Encoding", "gzip"),)).answer
    assert answer is not None
    fact = body_evidence(answer, "csrf")
    assert fact is not None
    assert fact.end == 0


@pytest.mark.parametrize(
    ("product", "version", "headers", "named"),
    [
        ("nginx", "", (("Server", "nginx/1.22.1"),), "nginx 1.22.1"),
        ("Apache httpd", "apache", (("Server", "Apache/2.4.71 (Debian)"),), "Apache httpd 2.4.71"),
        ("Django", "", (("Server", "WSGIServer/0.2"),), "Django"),
    ],
)
def test_the_version_is_named_where_the_evidence_has_it(
    make_case: Callable[..., Case], product: str, version: str, headers: tuple[tuple[str, str], ...], named: str
) -> None:
    answer = make_case(500, headers=headers).answer
    assert answer is not None
    assert name_with_version(product, version, answer) == named


def test_every_cause_of_an_outcome_has_exactly_one_rule() -> None:
    outcomes = [rule for rule in RULES.values() if rule.outcome]
    assert len(outcomes) == len(OUTCOMES)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        (b"<hr><center>nginx/1.25</center>", ""),
        (b"<hr><center>openresty/1.21</center>", "openresty 1.21"),
        (b"<hr><center>tengine</center>", "tengine"),
        (b"nginx", ""),
    ],
)
def test_what_was_made_of_nginx_is_called_by_its_own_name(
    make_case: Callable[..., Case], page: bytes, name: str
) -> None:
    answer = make_case(403, page).answer
    assert answer is not None
    assert named_by_page("nginx", answer) == name


def test_a_header_can_be_asked_for_as_a_whole(make_case: Callable[..., Case]) -> None:
    for media, said in (("text/plain", True), ("text/plain; charset=utf-8", False)):
        case = make_case(403, b"Forbidden", (("Content-Type", media), ("X-Content-Type-Options", "nosniff")))
        assert case.answer is not None
        assert any(reading.cause == "csrf" for reading in readings(case, case.answer)) is said


def test_a_header_can_be_asked_for_by_its_beginning(make_case: Callable[..., Case]) -> None:
    for challenge, said in (("Token", True), ('Bearer error="invalid_token"', False)):
        case = make_case(401, b"", (("WWW-Authenticate", challenge),))
        assert case.answer is not None
        named = [name for reading in readings(case, case.answer) for name, _ in reading.could_be]
        assert ("Django REST framework" in named) is said


def test_rows_without_a_status_keep_their_place_in_the_file(make_case: Callable[..., Case]) -> None:
    case = make_case(502, b"x", (("ngrok-error-code", "ERR_NGROK_8012"),))
    assert case.answer is not None
    assert [reading.cause for reading in readings(case, case.answer)] == ["upstream-down"]


NOT_FOUND = b'{"detail":"Not Found"}'


@pytest.mark.parametrize(
    ("status", "body", "headers", "product"),
    [
        (405, b"", (("Allow", "GET"),), ""),
        (405, b"", (("server", "uvicorn"), ("allow", "GET")), ""),
        (404, b"Not Found", (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "9")), ""),
        (404, NOT_FOUND, (), ""),
        (404, b"<pre>Cannot POST /hook</pre>", (("X-Powered-By", "Express"),), "Express"),
        (404, b"<pre>Cannot POST /hook</pre>", (), ""),
        (403, b'{"message":"Your IP address is not allowed"}', (), ""),
        (403, b'{"message":"Your IP address is not allowed"}', (("Via", "kong/3.4.0"),), "Kong 3.4.0"),
        (403, b"CSRF verification failed. Request aborted.", (), "Django"),
        (403, b"CSRF verification failed. Request aborted.", (("Server", "gunicorn"),), "Django"),
        (403, b"CSRF verification failed. Request aborted.", (("Server", "Kestrel"),), ""),
        (415, b"application/xml is not supported", (), ""),
    ],
)
def test_a_product_is_named_by_a_mark_of_its_own_or_by_a_header_and_never_against_one(
    make_case: Callable[..., Case], status: int, body: bytes, headers: tuple[tuple[str, str], ...], product: str
) -> None:
    case = make_case(status, body, headers)
    assert case.answer is not None
    assert {reading.product for reading in readings(case, case.answer)} <= {product}


def test_who_shares_a_mark_with_others_is_only_thought_of(make_case: Callable[..., Case]) -> None:
    case = make_case(404, NOT_FOUND)
    assert case.answer is not None
    (reading,) = readings(case, case.answer)
    assert [name for name, _ in reading.could_be] == ["FastAPI"]


def test_somebody_of_another_language_silences_what_is_shared(make_case: Callable[..., Case]) -> None:
    case = make_case(404, NOT_FOUND, (("Server", "Kestrel"),))
    assert case.answer is not None
    assert list(readings(case, case.answer)) == []


def test_json_is_the_same_however_it_is_spaced(make_case: Callable[..., Case]) -> None:
    for body in (b'{"statusCode":404,"code":"FST_ERR_VALIDATION"}', b'{ "detail" : "Not Found" }'):
        case = make_case(404, body)
        assert case.answer is not None
        assert list(readings(case, case.answer))


def test_a_sentence_is_quoted_whole_where_its_half_says_the_opposite(make_case: Callable[..., Case]) -> None:
    body = b"<p>You don&#39;t have the permission to access the requested resource. It is protected.</p>"
    reading = likeliest(make_case(403, body, (("Server", "Werkzeug/3.1"), ("Content-Type", "text/html"))))
    assert reading is not None
    said = [fact.text for fact in reading.evidence if fact.place == "answer.body"]
    assert said == ["the body says “You don't have the permission to access the requested resource”"]

from __future__ import annotations

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture, Failure, SentRequest
from hookscope.model.stream_note import Spoken, StreamNote
from hookscope.tui.presentation.raw import raw_document
from hookscope.tui.presentation.request_answer import answer_document, header_lines, request_document
from hookscope_relay.delivery import Answer


def attempt(**changes: object) -> Attempt:
    values: dict[str, object] = {
        "number": 1,
        "origin": "live",
        "handler_url": "http://localhost:3000/x",
        "started_at": 0.0,
    }
    return Attempt(**(values | changes))  # type: ignore[arg-type]


def test_the_request_has_its_line_every_header_and_its_body() -> None:
    text = request_document(Capture(delivery=make_delivery(target="/a//b?x=%2F"))).text(100)
    for part in ("POST /a//b?x=%2F  HTTP/1.1", "from 203.0.113.7", "X-Odd", "café", '"type": "page.created"'):
        assert part in text


def test_a_long_header_value_is_shown_whole() -> None:
    value = "sha256=" + "0123456789abcdef" * 16
    text = request_document(Capture(delivery=make_delivery(headers=(("X-Signature", value),)))).text(60)
    assert value in text.replace("\n", "").replace(" ", "")


def test_repeated_headers_stay_apart_and_in_order() -> None:
    lines = [row.plain for row in header_lines((("A", "1"), ("b", ""), ("a", "2")))]
    assert [text.split()[0] for text in lines] == ["Headers", "A", "b", "a"]


def test_a_host_that_may_imitate_another_is_marked() -> None:
    imitated = "https://\u0430pple.example/x".encode().decode("latin-1")
    shown = [row.plain for row in header_lines((("Location", imitated), ("Host", "plain.example")))]
    assert "⟨xn--pple-43d.example; mixed scripts: Cyrillic, Latin⟩" in shown[1]
    assert shown[2].endswith("plain.example")


def test_what_an_attempt_sent_instead_is_shown_too() -> None:
    sent = SentRequest(method="PUT", target="/other", headers=(("X-New", "1"),), body=b"changed")
    text = request_document(Capture(delivery=make_delivery()), attempt(number=2, request=sent)).text(100)
    for part in ("Attempt 2 sent something else", "PUT /other", "X-New", "changed"):
        assert part in text


def test_what_an_answer_had_beside_its_body_is_shown() -> None:
    note = StreamNote(
        size=5_000_000,
        is_streamed=True,
        broken="sender-gone",
        trailers=(("X-Sum", "1"),),
        interims=(Answer(status=103, reason="Early Hints", headers=(("Link", "</a>"),)),),
    )
    made = attempt(answer=Answer(status=200, body=b"first"), stream=note)
    text = answer_document(Capture(delivery=make_delivery()), made).text(100)
    for part in ("of which the first 5 are kept", "the sender hung up", "103 Early Hints", "Link", "Trailers", "X-Sum"):
        assert part in text


def test_a_conversation_is_shown_message_by_message() -> None:
    said = (
        Spoken(after_s=0.5, from_sender=True, kind="text", size=8, shown=b"hi \x1b[2J"),
        Spoken(after_s=1, from_sender=False, kind="binary", size=2, shown=b"\x00\xff"),
        Spoken(after_s=2, from_sender=False, kind="close", size=2, code=1000),
    )
    note = StreamNote(size=2, sent=8, is_streamed=True, spoken=said, unheard=3)
    made = attempt(answer=Answer(status=101), stream=note)
    text = answer_document(Capture(delivery=make_delivery()), made).text(100)
    for part in (
        "✓ 101",
        "Conversation",
        "+0.500 s  → text",
        "hi ",
        "← binary",
        "00 ff",
        "← close 1000",
        "3 messages more",
    ):
        assert part in text
    assert "\x1b" not in text


def test_an_answer_has_status_reason_headers_and_body() -> None:
    answer = Answer(
        status=418, reason="I'm a teapot", headers=(("Set-Cookie", "a"), ("Set-Cookie", "b")), body=b"short"
    )
    made = attempt(answer=answer, elapsed_ms=3.0, answered_by="framework")
    text = answer_document(Capture(delivery=make_delivery(), attempts=(made, made)), made).text(100)
    for part in (
        "✗ 418 I'm a teapot",
        "Attempt 1 of 2",
        "answered by framework",
        "to http://localhost:3000/x",
        "short",
    ):
        assert part in text
    assert text.count("Set-Cookie") == 2


def test_a_failure_says_in_words_what_happened() -> None:
    made = attempt(failure=Failure(kind="timeout", detail="after 2 s"))
    text = answer_document(Capture(delivery=make_delivery()), made).text(100)
    assert "✗ no answer: the handler did not answer in time" in text
    assert "after 2 s" in text


def test_without_an_attempt_there_is_a_next_step() -> None:
    assert "r hands it to the handler" in answer_document(Capture(delivery=make_delivery()), None).text()
    assert "not known" in answer_document(Capture(delivery=make_delivery()), attempt()).text()


def test_credentials_are_hidden_and_the_raw_tab_is_named() -> None:
    headers = (("Authorization", "Bearer a-secret-token"), ("Set-Cookie", "sid=a-secret-session; Path=/"))
    sent = SentRequest(method="POST", target="/", headers=headers, body=b"")
    made = attempt(request=sent, answer=Answer(status=200, headers=headers))
    capture = Capture(delivery=make_delivery(headers=headers), attempts=(made,))
    for document in (request_document(capture, made), answer_document(capture, made)):
        text = document.text(100)
        assert "a-secret" not in text
        assert "5 shows ••••" in text
        assert "Authorization  Bearer ••••" in text
    assert "a-secret-token" in raw_document(capture, made).text(100)
    assert "5 shows" not in request_document(Capture(delivery=make_delivery(headers=(("A", "1"),)))).text(100)


def test_what_stood_behind_a_body_and_that_it_broke_off_are_shown() -> None:
    trailers = (("X-Sum", "abc"), ("Content-Length", "9"))
    delivery = make_delivery(trailers=trailers, broken="sender-gone", body=b"half")
    text = request_document(Capture(delivery=delivery)).text(100)
    for part in (
        "not whole: the sender hung up",
        "Trailers",
        "the handler does not get Content-Length",
        "X-Sum",
        "abc",
    ):
        assert part in text
    whole = request_document(Capture(delivery=make_delivery(trailers=(("X-Sum", "abc"),)))).text(100)
    assert "does not get" not in whole

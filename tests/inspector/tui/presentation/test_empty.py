from __future__ import annotations

from dataclasses import replace

from hookscope.tui.engine.state import Session
from hookscope.tui.presentation.empty import KnownSecret, empty_document

OPEN = Session(url="https://relay.example/abc", handler="http://localhost:3000", connection="connected")


def test_an_empty_list_says_where_to_send_and_how_to_try_it() -> None:
    text = empty_document(OPEN).text()
    for part in ("https://relay.example/abc", "curl -i https://relay.example/abc", "Notion", "GitHub", "Stripe"):
        assert part in text


def test_whether_the_handler_answers_is_said() -> None:
    assert "answers now" in empty_document(replace(OPEN, reachable=True)).text()
    assert "is it" in empty_document(replace(OPEN, reachable=False)).text()
    assert "Your handler is" in empty_document(OPEN).text()
    assert "no handler" in empty_document(replace(OPEN, handler="")).text()


def test_before_the_endpoint_is_open_it_says_what_is_in_the_way() -> None:
    text = empty_document(
        Session(connection="waiting", reason="connection refused", relay="https://relay.example")
    ).text()
    assert "Opening the endpoint" in text
    assert "No connection to the relay https://relay.example: connection refused" in text


def test_a_filter_that_nothing_meets_is_named() -> None:
    text = empty_document(OPEN, "status:5xx").text()
    assert "status:5xx" in text
    assert "curl" not in text


def test_which_secrets_are_known_is_said_by_their_fingerprints() -> None:
    known = (KnownSecret("notion", "default", "9f2c11aa"), KnownSecret("stripe", "staging", "77aa0b1c"))
    text = empty_document(OPEN, secrets=known).text(100)
    assert "Signing secrets: notion (9f2c11aa), stripe staging (77aa0b1c)" in text
    assert "No signing secret is known" in empty_document(OPEN, secrets=()).text(100)
    assert "secret is known" not in empty_document(OPEN).text(100)
    many = tuple(KnownSecret("notion", str(index), "0") for index in range(9))
    assert "and 3 more" in empty_document(OPEN, secrets=many).text(200)


def test_a_sample_is_not_called_signed_while_no_secret_is_known() -> None:
    session = Session(url="https://x")
    assert "for a sample delivery, unsigned until a secret is known" in empty_document(session, secrets=()).text()
    known = (KnownSecret("notion", "default", "ab12cd34"),)
    assert "for a sample delivery, signed" in empty_document(session, secrets=known).text()


def test_what_a_session_notes_is_told_in_its_place() -> None:
    text = empty_document(replace(OPEN, notes=frozenset({"this-machine-only", "every-path"}))).text(200)
    assert "This URL works on this machine only" in text
    assert "--public" in text
    assert "reaches every path of it" in text
    assert "this machine only" not in empty_document(OPEN).text(200)


def test_where_deliveries_are_kept_and_what_ends_the_session_is_said() -> None:
    session = Session(url="http://u")
    assert "Deliveries are kept in ~/captures.db; q ends." in empty_document(session, kept_in="~/captures.db").text()
    assert "kept in" not in empty_document(session).text()

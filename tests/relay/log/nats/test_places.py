"""What a node knows of where endpoints end."""

from __future__ import annotations

from hookscope_relay.log.nats.places import Places


def test_of_an_endpoint_that_nobody_reads_nothing_is_known() -> None:
    places = Places()
    places.hear("one", 5)
    assert places.newest("one") is None


def test_who_reads_hears_of_what_comes_and_never_goes_back() -> None:
    places = Places()
    places.begin("one", 3)
    places.hear("one", 9)
    places.hear("one", 4)
    places.begin("one", 2)
    assert places.newest("one") == 9
    places.set_newest("one", 5)
    assert places.newest("one") == 5


def test_a_reader_is_live_where_it_read_last_and_not_after_words_were_lost() -> None:
    places = Places()
    places.begin("one", 3)
    places.note_read("one", 3)
    assert places.is_live("one", 3)
    assert (places.is_record("one", 3), places.is_record("one", 2), places.is_record("two", 0)) == (True, False, False)
    assert not places.is_live("one", 2)
    assert not places.is_live("two", 3)
    places.forget()
    assert (places.is_live("one", 3), places.newest("one")) == (False, None)

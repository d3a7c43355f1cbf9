from __future__ import annotations

from hookscope.tui.presentation.save import MAX_PLACES, saved_document


def test_the_file_and_every_redacted_place_are_shown() -> None:
    text = saved_document("/tmp/notion/page.json", "written", ("headers.Authorization", "body/token"), True).text()
    for part in (
        "Saved as a fixture",
        "/tmp/notion/page.json",
        "2 places were redacted:",
        "· body/token",
        "signature no",
    ):
        assert part in text


def test_nothing_redacted_and_nothing_written_are_said() -> None:
    text = saved_document("/x", "unchanged", ()).text()
    assert "is there already" in text
    assert "✓ Nothing in it had to be redacted." in text


def test_very_many_places_end_with_a_word_about_it() -> None:
    assert "… 5 more" in saved_document("/x", "written", ["body/a"] * (MAX_PLACES + 5)).text()

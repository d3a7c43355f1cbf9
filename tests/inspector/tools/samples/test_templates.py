from __future__ import annotations

import json
import re

import pytest

from hookscope.tools.samples.sample import Sample
from hookscope.tools.samples.templates import PlaceholderValues, fill, fill_text, write_body
from hookscope_relay.errors import InputError

VALUES = PlaceholderValues(
    seed=b"event", object_seed=b"object", at=1_790_000_000.25, event="page.created", attempt=3, secret="s3"
)


def sample(**changes):
    return Sample(**{"provider": "p", "event": "e", "basis": "fields"} | changes)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("${seconds}", 1_790_000_000),
        ("${seconds+3600}", 1_790_003_600),
        ("${millis}", 1_790_000_000_250),
        ("${micros}", "1790000000.250000"),
        ("${iso}", "2026-09-21T14:13:20.250Z"),
        ("${iso_seconds-20}", "2026-09-21T14:13:00Z"),
        ("${date}", "2026-09-21"),
        ("${event}", "page.created"),
        ("${attempt}", 3),
        ("${retry}", 2),
        ("${secret}", "s3"),
        ("a ${attempt} and ${retry}", "a 3 and 2"),
        ("plain", "plain"),
        (True, True),
        (None, None),
        ({"a": ["${attempt}"]}, {"a": [3]}),
    ],
)
def test_a_placeholder_is_filled(template, filled):
    assert fill(template, VALUES) == filled


@pytest.mark.parametrize(
    ("template", "form"),
    [
        ("${uuid}", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("${hex40}", r"[0-9a-f]{40}"),
        ("${alnum24}", r"[A-Za-z0-9]{24}"),
        ("${upper10}", r"[A-Z0-9]{10}"),
        ("${digits12}", r"[1-9][0-9]{11}"),
        ("${hex64}", r"[0-9a-f]{64}"),
    ],
)
def test_what_is_made_up_has_its_form(template, form):
    assert re.fullmatch(form, fill(template, VALUES))


def test_a_number_is_one_only_where_it_stands_alone():
    assert isinstance(fill("${number9}", VALUES), int)
    assert len(fill_text("x${number9}", VALUES)) == 10


def test_a_name_is_the_same_value_everywhere_and_in_every_event_of_the_object():
    other = PlaceholderValues(seed=b"other", object_seed=b"object", at=0, event="e")
    assert fill({"a": "${uuid:page}"}, VALUES)["a"] == fill(["${uuid:page}"], other)[0]
    assert fill("${number8:n}", VALUES) == int(fill("${digits8:n}", VALUES))


def test_without_a_name_each_place_and_each_event_has_a_value_of_its_own():
    one, two = fill(["${uuid}", "${uuid}"], VALUES)
    other = fill(["${uuid}"], PlaceholderValues(seed=b"other", object_seed=b"object", at=0, event="e"))[0]
    assert len({one, two, other}) == 3
    assert len(set(fill_text("${hex8} ${hex8}", VALUES).split())) == 2


def test_an_unknown_placeholder_is_refused():
    with pytest.raises(InputError, match=r"\$\{colour\} is not a placeholder"):
        fill("${colour}", VALUES)


@pytest.mark.parametrize(
    ("writing", "body"),
    [
        ("compact", '{"a":"é/","b":[1]}'),
        ("ascii", '{"a":"\\u00e9/","b":[1]}'),
        ("escaped", '{"a":"\\u00e9\\/","b":[1]}'),
        ("lines", '{"a":"é/","b":[1]}'),
        ("spaced", '{"a": "\\u00e9/", "b": [1]}'),
        ("pretty", '{\n  "a": "é/",\n  "b": [\n    1\n  ]\n}'),
    ],
)
def test_json_is_written_as_the_provider_writes_it(writing, body):
    assert write_body(sample(body={"a": "é/", "b": [1]}, writing=writing), VALUES) == body.encode()


def test_a_form_is_urlencoded_and_json_in_a_field_is_written_as_json():
    made = write_body(sample(form={"a": "café au lait", "payload": {"b": "${attempt}"}}), VALUES)
    assert made == b"a=caf%C3%A9+au+lait&payload=%7B%22b%22%3A3%7D"


def test_text_and_nothing_are_bodies_too():
    assert write_body(sample(text="n=${attempt}"), VALUES) == b"n=3"
    assert write_body(sample(), VALUES) == b""


@pytest.mark.parametrize(("path", "body"), [("a.b", {"a": {"b": ["${uuid}"]}}), ("", ["${uuid}"])])
def test_an_aggregating_list_holds_as_many_items_as_there_were_edits(path, body):
    values = PlaceholderValues(seed=b"1", object_seed=b"1", at=0, event="e", items=4)
    made = json.loads(write_body(sample(body=body, aggregates=path), values))
    items = made["a"]["b"] if path else [body]
    assert len(items) == (4 if path else 1)
    assert len(set(map(str, items))) == len(items)


def test_a_form_is_multipart_where_its_type_says_so_and_attachments_are_files():
    kind = (("Content-Type", 'multipart/form-data; boundary="B"'),)
    made = write_body(sample(form={"a": "é", "attachment-1": "x"}, headers=kind), VALUES)
    assert (
        made
        == (
            '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\né\r\n'
            '--B\r\nContent-Disposition: form-data; name="attachment-1"; filename="attachment-1.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n'
            "--B--\r\n"
        ).encode()
    )


def test_a_batch_is_written_one_event_a_line():
    body = write_body(sample(body=[{"a": "é"}, {"b": 1}], writing="lines"), VALUES)
    assert body == '[{"a":"é"},\r\n{"b":1}]\r\n'.encode()

"""The check that every form of the provider's deliveries is taken: JSON, forms, batches,
each content type of its samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hookscope.tools.check.fact import HandlerReply, Judgement, Steps, ask, inapplicable
from hookscope.tools.check.first_contact import misread_of
from hookscope.tools.check.kit import Kit
from hookscope.tools.samples.load import load_samples
from hookscope.tools.samples.sample import Sample

REFUSED_FOR_SIGNATURE = (401, 403)
MOST_FORMS = 8


def every_form(kit: Kit) -> Steps:
    """A genuine delivery of each further form that the provider's samples have; where one is refused,
    what the handler signs instead."""
    others = list(other_forms(kit.sample, load_samples(kit.provider.name)))[:MOST_FORMS]
    if not others or not kit.signs:
        return inapplicable("the provider's deliveries have one form" if not others else "nothing is signed")
    told: list[tuple[Sample, HandlerReply]] = []
    for sample in others:
        shown = replace(kit, sample=sample, way=replace(kit.way, manner=""))
        told.append((sample, (yield from ask(shown.genuine()))))
    said = tuple(f"{_form(sample)} ({sample.event}): {reply.said}" for sample, reply in told)
    refused = [sample for sample, reply in told if reply.status in REFUSED_FOR_SIGNATURE]
    if refused:
        misread = yield from misread_of(kit, refused[0])
        if misread is not None:
            said = (*said, f"the same {_form(refused[0])} with a signature of {misread.how} is accepted")
        hint = "keep the raw bytes for every content type, not for JSON alone, and compute the signature over them"
        return Judgement("failed", said, hint)
    if any(reply.broke for _, reply in told):
        hint = "answer 4xx to what is not wanted here, if the sender has this URL for these too"
        return Judgement("warning", said, hint)
    # An endpoint that is registered for one form only may refuse the others, as long as it is not their signature that
    # it refuses.
    return Judgement("passed", said)


def other_forms(known: Sample, samples: Sequence[Sample]) -> Iterator[Sample]:
    """One ordinary sample of each form but the known one's."""
    seen = {_form(known)}
    for sample in samples:
        if sample.signed and not sample.handshake and sample.scheme == known.scheme and _form(sample) not in seen:
            seen.add(_form(sample))
            yield sample


def _form(sample: Sample) -> str:
    """The form in words: by content type and what stands in the body."""
    media = next((value for name, value in sample.headers if name.lower() == "content-type"), "").partition(";")[0]
    if sample.form is not None:
        kind = "multipart form" if media == "multipart/form-data" else "form"
        return f"{kind} with a payload" if "payload" in sample.form else kind
    if isinstance(sample.body, list):
        return f"{'batch' if len(sample.body) > 1 else 'list'} of {media or 'JSON'}"
    return media or ("text" if sample.text is not None else "JSON")

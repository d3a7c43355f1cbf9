"""Makes the delivery that is really sent out of the form that a test wants: signed, aged, tampered with,
under the right URL."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hookscope.pytest_plugin.form import RequestForm, with_headers
from hookscope.pytest_plugin.keys import SignerKey
from hookscope.pytest_plugin.signer import Signer
from hookscope.pytest_plugin.tamper import tamper
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery as it goes out, and how it was signed, in words; `is_fresh` where it was signed anew."""

    delivery: Delivery
    note: str
    is_fresh: bool


def prepare(form: RequestForm, signer: Signer, now: float, path: str | None = None, base: str = "") -> Prepared:
    """The delivery of a form at the time `now`, under another path where one is given.

    `base` is the URL that the application is reached by (no final slash): together with the target it is what
    URL-signing schemes sign, unless the form has a URL. `InputError` where it cannot be signed as wanted.
    """
    delivery = _addressed(replace(form.delivery, received_at=now), form, path, base)
    key = signer.key(delivery) if form.resign else None
    if form.is_unsigned:
        delivery, note = signer.unsigned(delivery), "without a signature"
    elif key is not None:
        delivery, note = signer.sign(delivery, key, now - _age(form, signer, delivery)), key.note
    elif form.is_stale:
        raise InputError("a stale signature has to be made first", "give the marker secret=, and not resign=False")
    else:
        note = "with the recorded signature, as asked" if not form.resign else _why_recorded(signer, delivery)
    delivery = replace(delivery, headers=with_headers(delivery.headers, form.by_hand))
    if form.is_tampered:
        delivery = _tampered(delivery, signer, key, now)
    return Prepared(delivery, note, key is not None and not form.is_unsigned)


def _addressed(delivery: Delivery, form: RequestForm, path: str | None, base: str) -> Delivery:
    wanted = path if path is not None else form.path
    target = rooted(delivery.target if wanted is None else wanted)
    url = form.url or (base + target if base else "" if wanted is not None else delivery.url)
    return replace(delivery, target=target, url=url)


def rooted(target: str) -> str:
    """The target as a request line has it: with a slash before it where the recorded one is empty or only a query."""
    return target if target.startswith("/") else "/" + target


def _age(form: RequestForm, signer: Signer, delivery: Delivery) -> float:
    if not form.is_stale:
        return 0.0
    least = signer.stale_age(delivery)
    return least if form.age_s is None else form.age_s


def _tampered(delivery: Delivery, signer: Signer, key: SignerKey | None, now: float) -> Delivery:
    if key is not None and not signer.verifies(delivery, key, now):
        key = None  # stale, unsigned or edited by hand: it did not hold before
    return tamper(
        delivery,
        lambda changed: key is not None and signer.verifies(changed, key, now),
        signer.signature_headers(delivery),
        signer.covers_body(delivery),
    )


def _why_recorded(signer: Signer, delivery: Delivery) -> str:
    if signer.provider is None:
        return "as it was recorded: its provider is not known"
    if signer.scheme(delivery) is None:
        return f"as it was recorded: {signer.provider.title} signs nothing"
    return f"with the recorded signature: no secret of {signer.provider.title} was given"

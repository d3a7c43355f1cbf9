"""Sends one signed sample to an endpoint's public address, for a session that wants to see something arrive."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from hookscope.config.settings import Places
from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import HandlerUnreachable
from hookscope.model.handler import parse_handler
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.secrets.signing_key import find_key
from hookscope.tools.samples.build import UNSIGNED, SampleEvent, Signing, build_sample, scheme_of
from hookscope.tools.samples.load import find_sample, first_event
from hookscope.tools.samples.send import ToEndpoint
from hookscope_relay.errors import InputError

WAIT_S = 30.0


async def post_sample(url: str, provider: Provider, event: str, secrets: Sequence[Secret], places: Places) -> int:
    """Send a provider's event (empty: its first one) to `url`, signed where there is something to sign with;
    the status of the answer.

    `InputError` for an event that the provider does not have, `HandlerUnreachable` where nobody answers at the address.
    """
    sample = find_sample(provider, event) if event else first_event(provider)
    now = time.time()
    happened = SampleEvent(seed=os.urandom(16), at=now)
    signing = UNSIGNED
    if sample.signed:
        try:
            signing = Signing(secret=find_key(provider, scheme_of(sample, provider), secrets, places).secret)
        except InputError:
            pass  # without a secret an unsigned sample still shows that deliveries arrive
    delivery = build_sample(sample, provider, happened, now=now, randomness=os.urandom(10), url=url, signing=signing)
    # The relay is the one that this session dialled: what loopback-only guards against is somebody else's machine.
    forwarder = Forwarder(parse_handler(url), allow_remote=True)
    try:
        result = await ToEndpoint(forwarder=forwarder, limit_s=WAIT_S)(delivery)
    finally:
        await forwarder.close()
    if result.answer is None:
        detail = result.failure.detail if result.failure else "no answer"
        raise HandlerUnreachable(f"the sample did not reach {url}: {detail}", "run `hookscope doctor`")
    return result.answer.status

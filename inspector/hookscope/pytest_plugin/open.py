"""Opens a marked test's capture file as the delivery that the test sends."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hookscope.config.settings import read_project_file
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import Providers, all_providers
from hookscope.pytest_plugin.cases import CaseFile, name_of
from hookscope.pytest_plugin.delivery import FixtureDelivery
from hookscope.pytest_plugin.form import RequestForm
from hookscope.pytest_plugin.keys import given_secrets
from hookscope.pytest_plugin.signer import Signer
from hookscope.tools.save.load import load_fixture
from hookscope_relay.errors import InputError


def open_case(case: CaseFile, root: Path, environ: Mapping[str, str]) -> FixtureDelivery:
    """The delivery of a case.

    `InputError` says which file is wrong, where, and what to do; or that the provider is none we know.
    """
    capture = load_fixture(case.file)
    options = case.options
    providers = providers_of(root)
    pinned = options.provider or capture.provider
    if options.provider and providers.get(options.provider) is None:
        raise InputError(
            f"there is no provider {options.provider!r}",
            "see `hookscope providers`, or leave out provider= of the marker",
        )
    recognition = recognise(capture.delivery, providers, pinned)
    signer = Signer(
        provider=providers.get(recognition.provider),
        providers=providers,
        secrets=given_secrets(options.secret, recognition.provider, environ, providers.names),
        params=options.params,
        demanded=options.secret is not None,
    )
    form = RequestForm(delivery=capture.delivery, resign=options.resign, path=options.path, url=options.url)
    return FixtureDelivery(capture, name_of(case.file), form, signer)


@lru_cache(maxsize=4)
def providers_of(root: Path) -> Providers:
    """Every provider that a test run knows: ours, those of installed packages,
    and those of the project's `hookscope.toml`.

    What stands in a user's own configuration is left out, so that a test does the same on every machine.
    """
    return all_providers({}, read_project_file(root))

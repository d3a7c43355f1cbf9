from __future__ import annotations

from typing import Any

from hookscope.secrets.kept import keep_secret
from hookscope.tui.engine.offers import provider_names


async def test_known_secrets_are_named_by_their_fingerprints_only(world: Any) -> None:
    kept = keep_secret(world.settings.places, "github", "hush-hush", use_keyring=False)
    async with world.app().run_test(size=(120, 30)) as pilot:
        text = await world.shows(pilot, f"Signing secrets: github ({kept.fingerprint})")
        assert "hush" not in text
        assert "stripe" in provider_names(pilot.app.main.settings)


async def test_a_file_of_secrets_that_cannot_be_read_does_not_end_the_screen(world: Any) -> None:
    (world.home / "secrets.toml").write_text("no toml [")
    (world.home / "secrets.toml").chmod(0o600)
    async with world.app().run_test(size=(120, 30)) as pilot:
        await world.shows(pilot, "No signing secret is known")

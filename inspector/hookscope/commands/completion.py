"""`hookscope completion`: a script that completes hookscope's commands, options, captures, providers and more."""

from __future__ import annotations

from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Settings

# Each asks `hookscope __complete` (hookscope.commands.complete), so that a script stays right when hookscope changes.
SCRIPTS = {
    "bash": "hookscope.bash",
    "zsh": "hookscope.zsh",
    "fish": "hookscope.fish",
    "powershell": "hookscope.ps1",
}
INSTALL = {
    "bash": "hookscope completion bash > ~/.local/share/bash-completion/completions/hookscope",
    "zsh": 'put this into ~/.zshrc: eval "$(hookscope completion zsh)"',
    "fish": "hookscope completion fish > ~/.config/fish/completions/hookscope.fish",
    "powershell": "put this into $PROFILE: hookscope completion powershell | Out-String | Invoke-Expression",
}


def run(settings: Settings) -> int:
    """Print the script of a shell; on a terminal also say what to do with it."""
    import sys
    from pathlib import Path

    from hookscope_relay.errors import InputError

    shell = settings.text("shell") or _own_shell(settings.environ.get("SHELL", ""))
    if not shell:
        raise InputError("no shell is given", f"name one of {', '.join(SCRIPTS)}")
    print(Path(__file__).with_name("shells").joinpath(SCRIPTS[shell]).read_text("utf-8"), end="")
    if sys.stdout.isatty():
        print(f"hookscope: to keep it: {INSTALL[shell]}", file=sys.stderr)
    return 0


def _own_shell(path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    name = {"pwsh": "powershell"}.get(name, name)
    return name if name in SCRIPTS else ""


COMMAND = Command(
    name="completion",
    summary="print a script that completes commands, captures and providers in your shell",
    description="Prints the completion script of a shell. "
    + " ".join(f"{shell}: {remedy}." for shell, remedy in INSTALL.items()),
    arguments=(
        Argument(
            name="shell", help="bash, zsh, fish or powershell; else yours", count="optional", choices=tuple(SCRIPTS)
        ),
    ),
    run=run,
)

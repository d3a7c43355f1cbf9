"""Records `hookscope demo` on a screen of its own into docs/screens/demo.cast (for asciinema) and demo.svg: `python bench/record.py`.

The demo runs on this machine alone. The picture moves by itself, without a script in it; where motion is not wanted it stands still at the last scene.
"""

from __future__ import annotations

import html
import json
import os
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyte

from terminal import Terminal

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
COLUMNS, ROWS = 100, 30
# What is pressed, and how long one looks at what comes then.
SCENES: Sequence[tuple[str, float]] = (
    ("g", 2.0),
    ("j", 2.5),
    ("j", 2.5),
    ("j", 2.5),
    ("2", 2.5),
    ("3", 2.0),
    ("1", 1.5),
    ("j", 3.0),
)
CELL, LINE = 8.4, 18
INK, PAPER = "#d8dce6", "#14171f"
NAMED = {
    "black": "#14171f",
    "red": "#f7768e",
    "green": "#9ece6a",
    "brown": "#e0af68",
    "blue": "#7aa2f7",
    "magenta": "#bb9af7",
    "cyan": "#7dcfff",
    "white": INK,
}


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKSCOPE_")}
        environ = kept | {
            "HOME": home,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        with Terminal(["hookscope", "demo"], environ, COLUMNS, ROWS) as terminal:
            terminal.until(lambda drawn: "/slow" in drawn and "timeout" in drawn)
            moments = [terminal.pieces[-1][0]]
            for keys, looks_s in SCENES:
                terminal.press(keys)
                settle(terminal, looks_s)
                moments.append(terminal.pieces[-1][0])
            terminal.press("q")
            settle(terminal, 1.0)
            began = terminal.pieces[0][0] - 0.2
            pieces = [(at - began, text) for at, text in terminal.pieces]
    write_cast(pieces)
    write_picture(pieces, [moment - began for moment in moments])


def settle(terminal: Terminal, for_s: float) -> None:
    """Look for that long."""
    rounds = max(1, round(for_s / 0.1))
    for _ in range(rounds):
        if not terminal.read(0.1):
            return


def write_cast(pieces: Sequence[tuple[float, str]]) -> None:
    """asciicast v2 (docs.asciinema.org/manual/asciicast/v2)."""
    head = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": "hookscope demo",
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(head), *(json.dumps([round(at, 3), "o", text], ensure_ascii=False) for at, text in pieces)]
    path = SCREENS / "demo.cast"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    print(path)


def write_picture(pieces: Sequence[tuple[float, str]], moments: Sequence[float]) -> None:
    """One picture a scene, shown in turn."""
    scenes = [render(screen_at(pieces, moment)) for moment in moments]
    width, height = COLUMNS * CELL + 16, ROWS * LINE + 16
    each = 2.5
    whole = each * len(scenes)
    share = 100 / len(scenes)
    rules = [f".scene{{visibility:hidden;animation:show {whole:g}s step-end infinite}}"]
    rules.append(f"@keyframes show{{0%{{visibility:visible}}{share:.3f}%{{visibility:hidden}}}}")
    last = len(scenes) - 1
    rules.append(f"@media (prefers-reduced-motion: reduce){{.scene{{animation:none}}#s{last}{{visibility:visible}}}}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="hookscope demo, recorded">',
        f"<style>text{{font:14px Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:{INK}}}{''.join(rules)}</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
    ]
    for number, scene in enumerate(scenes):
        parts.append(f'<g id="s{number}" class="scene" style="animation-delay:{number * each:g}s">{scene}</g>')
    path = SCREENS / "demo.svg"
    path.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")
    print(path)


def screen_at(pieces: Sequence[tuple[float, str]], moment: float) -> pyte.Screen:
    """What stood on the screen at that moment."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for at, text in pieces:
        if at <= moment:
            stream.feed(text)
    return screen


def render(screen: pyte.Screen) -> str:
    """The screen's cells, those of one look together."""
    parts = []
    for row in range(ROWS):
        cells = [screen.buffer[row][column] for column in range(COLUMNS)]
        column = 0
        for look, run in groupby(cells, key=look_of):
            text = "".join(cell.data for cell in run)
            parts.append(render_run(text, column, row, *look))
            column += len(text)
    return "".join(parts)


def look_of(cell: Any) -> tuple[str, str, bool]:  # pyte's cells have no types
    ink, paper = colour(cell.fg, INK), colour(cell.bg, PAPER)
    return (paper, ink, cell.bold) if cell.reverse else (ink, paper, cell.bold)


def colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright"), f"#{name}")


def render_run(text: str, column: int, row: int, ink: str, paper: str, bold: bool) -> str:
    x, y = 8 + column * CELL, 8 + row * LINE
    width = len(text) * CELL
    back = "" if paper == PAPER else f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE}" fill="{paper}"/>'
    if not text.strip():
        return back
    fill = f' style="fill:{ink}"' if ink != INK else ""
    looks = fill + (' font-weight="bold"' if bold else "")
    length = f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'{back}<text x="{x:.1f}" y="{y + 14}"{looks}{length}>{html.escape(text)}</text>'


if __name__ == "__main__":
    main()

"""What the site has besides docs/: the pages at the top of the repository, and files that pages link to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
TOP = ("CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")
# From a page's own folder up and out of docs/: `../LICENSE`, from a subfolder `../../LICENSE`.
CLIMBS = re.compile(r"\]\((?:\.\./)+(?P<path>[^)#]+)")


def on_files(files: Any, config: Any) -> Any:  # Any: MkDocs' own types
    """Add the pages at the top, and whatever else a page links to."""
    docs = Path(config["docs_dir"])
    added = {name: ROOT / name for name in TOP}
    for page in [*docs.rglob("*.md"), *added.values()]:
        for link in re.findall(r"\]\(([^)#:]+)", page.read_text("utf-8")):
            target = (page.parent / link).resolve()
            if target.is_file() and ROOT in target.parents and docs not in target.parents and target.suffix != ".md":
                added[target.relative_to(ROOT).as_posix()] = target
    for name, path in added.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as they are on the site, where docs/ is the top."""
    uri = page.file.src_uri
    if uri in TOP:
        return (
            markdown.replace("](docs/", "](")
            .replace("](README.md", "](index.md")
            .replace("](bench/README.md)", "](CONTRIBUTING.md)")
        )
    depth = uri.count("/")

    def out(link: re.Match[str]) -> str:
        climbs = link[0].count("../")
        return link[0] if climbs <= depth else "](" + "../" * depth + link["path"]

    return CLIMBS.sub(out, markdown).replace("README.md)", "index.md)")

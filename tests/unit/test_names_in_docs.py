"""Modules, files and pages that a page names exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.unit.test_architecture import place

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "libs/**/*.md", "services/**/*.md", "benchmarks/*.md")
    for page in ROOT.glob(pattern)
)
PACKAGES = {
    one.name: one
    for pattern in ("libs/*/src/c360_*", "services/*/src/c360_*", "src/c360_*")
    for one in ROOT.glob(pattern)
    if one.is_dir()
}
_OURS = r"libs|services|src|tests|docs|scripts|benchmarks|examples|k8s|proto|c360_\w+"
_MODULE = re.compile(r"c360_\w+(?:\.\w+)+")
_FILE = re.compile(rf"(?:(?:{_OURS})/[\w./-]*|(?:[\w-]+/)*\w+\.py)")
_OF_OTHERS = {"gql_client.py"}  # a file that the reader makes
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@cache
def sources() -> str:
    """Every file of Python, one a line: a page of a member names it from where it stands."""
    found = (one for top in ("libs", "services", "src", "tests", "benchmarks") for one in py(top))
    return "\n".join(f"/{one.relative_to(ROOT).as_posix()}" for one in found) + "\n"


def py(top: str) -> Iterator[Path]:
    return (ROOT / top).rglob("*.py")


def is_there(named: str) -> bool:
    """Whether a module, or what one holds, is there: `c360_kernel.scope.scope_of`."""
    first, *rest = named.split(".")
    folder = PACKAGES.get(first)
    while folder is not None and rest:
        head, *rest = rest
        for file in (folder / f"{head}.py", folder / "__init__.py"):
            if file.is_file() and not (folder / head).is_dir():
                wanted = head if file.stem == "__init__" else (rest or [""])[0]
                return re.search(rf"\b{wanted}\b", file.read_text("utf-8")) is not None
        folder = folder / head if (folder / head).is_dir() else None
    return folder is not None


def is_file(named: str, page: Path) -> bool:
    if (
        re.search(r"\*|[A-Z]{2}(?!\w*\.md)", named)
        or named in _OF_OTHERS
        or place(named.rstrip("/")).exists()
    ):
        return True
    if any((folder / named).exists() for folder in page.parents if folder.is_relative_to(ROOT)):
        return True
    first, _, rest = named.partition("/")
    if first in PACKAGES:
        return (PACKAGES[first] / rest).exists()
    return named.endswith(".py") and f"/{named}\n" in sources()


def missing(text: str, page: Path) -> list[str]:
    prose = _FENCED.sub("", text)
    quoted = re.findall(r"`([^`\n]+)`", prose)
    modules = [one for one in quoted if _MODULE.fullmatch(one) and not is_there(one)]
    files = [one for one in quoted if _FILE.fullmatch(one) and not is_file(one, page)]
    links = re.findall(r"\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)", prose)
    return [*modules, *files, *(one for one in links if not (page.parent / one).exists())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_exists(page: Path) -> None:
    assert missing(page.read_text("utf-8"), page) == []


def test_names_of_before_would_be_seen() -> None:
    page = ROOT / "docs/architecture.md"
    text = "`c360_kernel.scope.scope_off` `c360_gateway.mask` `libs/kernel/masks` `steady_way.py` "
    assert len(missing(text + "[a](gone.md)", page)) == 5
    text = "`c360_kernel.scope.scope_of` `c360_gateway.audit` `libs/kernel/log` `log/topics.py` "
    assert missing(text + "[a](policy.md#masks) [b](https://example.com)", page) == []

"""Which tests hold a module: those that reach it by the fewest imports."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

MOST = 5
"""Tests of one module: enough to meet it, few enough to be run for every change."""
# Started processes load the code as it is on disk: of a file with such tests only the others count.
_STARTING = ("import subprocess", "create_subprocess")
_ELSEWHERE = ("tests.servers", "tests.e2e")
_SOURCES = ("libs/*/src", "services/*/src", "src")
_TESTS = ("libs/*/tests", "services/*/tests", "tests/unit", "tests/component")
_OF_SERVERS = ("kafka", "mongodb", "neo4j")


def module_name(source: Path) -> str:
    """`c360_kernel.log.port` for `…/src/c360_kernel/log/port.py`, the package for `__init__`."""
    parts = source.with_suffix("").parts
    named = parts[parts.index("src") + 1 :]
    return ".".join(named[:-1] if named[-1] == "__init__" else named)


def is_of_a_server(place: Path) -> bool:
    """Whether a file or a folder says in its name that it speaks to a server."""
    return any(server in part for server in _OF_SERVERS for part in place.parts)


class Nearness:
    """How far each test is from each module."""

    def __init__(self, root: Path) -> None:
        sources = [one for place in _SOURCES for one in root.glob(f"{place}/**/*.py")]
        tests = [one for place in _TESTS for one in root.glob(f"{place}/**/test_*.py")]
        texts = {module_name(one.relative_to(root)): one.read_text() for one in sources}
        self._imports = {name: set(_imported(text, texts)) for name, text in texts.items()}
        told = {path: path.read_text() for path in tests if not is_of_a_server(_end(path))}
        self._tests = {
            path: set(_imported(text, texts))
            for path, text in told.items()
            if not any(one in text for one in _ELSEWHERE)
        }
        self._starting = {path for path in told if any(one in told[path] for one in _STARTING)}

    def tests(self, module: str, member: Path) -> list[Path]:
        """The nearest: its member's first, of these those named for it, then by imports."""
        distances = self._distances(module)
        found = {
            path: min(distances[name] for name in names & distances.keys())
            for path, names in self._tests.items()
            if names & distances.keys()
        }
        named = module.rpartition(".")[2]

        def rank(path: Path) -> tuple[bool, bool, bool, int, str]:
            is_other, starts = not path.is_relative_to(member), path in self._starting
            return is_other, named not in path.stem, starts, found[path], path.as_posix()

        return sorted(found, key=rank)[:MOST]

    def _distances(self, module: str) -> Mapping[str, int]:
        """Every module that imports this one, with how many imports lie between them."""
        distances, edge = {module: 0}, {module}
        while edge:
            edge = {
                name
                for name, used in self._imports.items()
                if used & edge and name not in distances
            }
            distances |= dict.fromkeys(edge, max(distances.values()) + 1)
        return distances


def _end(test: Path) -> Path:
    return Path(*test.parts[-3:])


def _imported(text: str, known: Container[str]) -> Iterator[str]:
    """The modules that a text imports; a name of a package may be a module too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            candidates = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        elif isinstance(node, ast.Import):
            candidates = [one.name for one in node.names]
        else:
            continue
        yield from (one for one in candidates if one in known)

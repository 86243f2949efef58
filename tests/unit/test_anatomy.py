"""Every domain service has the same files in the same places, and ports stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_FILES = (
    "README.md",
    "pyproject.toml",
    "src/{package}/__init__.py",
    "src/{package}/bootstrap.py",
    "src/{package}/emission.py",
    "src/{package}/settings.py",
    "src/{package}/domain/__init__.py",
    "src/{package}/graph/__init__.py",
    "src/{package}/graph/context.py",
    "src/{package}/graph/schema.py",
    "src/{package}/handlers/__init__.py",
    "src/{package}/handlers/catalog_change.py",
    "src/{package}/handlers/handler.py",
    "src/{package}/store/__init__.py",
    "src/{package}/store/digest.py",
    "src/{package}/store/port.py",
    "src/{package}/store/sqlite/__init__.py",
    "src/{package}/store/sqlite/schema.py",
    "src/{package}/store/sqlite/store.py",
    "src/{package}/store/sqlite/unit.py",
    "src/{package}/testing/__init__.py",
    "src/{package}/testing/contract.py",
    "src/{package}/testing/entries.py",
    "src/{package}/testing/memory.py",
    "tests/test_service.py",
)
_OF_DERIVING = (
    "src/{package}/emission.py",
    "src/{package}/handlers/catalog_change.py",
    "src/{package}/store/digest.py",
)
"""What a service needs that states a topic of its own."""
_MOST_METHODS = 9


def _domain_services() -> list[Path]:
    """The services that are fed from the log and answer as subgraphs."""
    services = (_ROOT / "services").iterdir()
    return sorted(one for one in services if (one / f"src/c360_{one.name}/graph").exists())


def _files(service: Path) -> list[str]:
    is_deriving = (service / f"src/c360_{service.name}/emission.py").exists()
    wanted = _FILES if is_deriving else (name for name in _FILES if name not in _OF_DERIVING)
    return [name.format(package=f"c360_{service.name}") for name in wanted]


def _protocols(path: Path) -> Iterator[tuple[str, int]]:
    """The protocols that a file declares, each with how many methods it adds to those of others."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef) and "Protocol" in map(_name, node.bases):
            methods = (ast.FunctionDef, ast.AsyncFunctionDef)
            yield node.name, sum(isinstance(one, methods) for one in node.body)


def _name(base: ast.expr) -> str:
    return ast.unparse(base).partition("[")[0]


def test_the_domain_services_are_found() -> None:
    assert {"identity", "profile", "segment", "account", "activation", "audit"} <= {
        path.name for path in _domain_services()
    }


@pytest.mark.parametrize("service", _domain_services(), ids=lambda path: path.name)
def test_a_domain_service_has_every_file_of_the_anatomy(service: Path) -> None:
    assert [name for name in _files(service) if not (service / name).exists()] == []


def test_no_port_has_ten_methods_of_its_own() -> None:
    sources = [*_ROOT.glob("services/*/src/**/*.py"), *_ROOT.glob("libs/*/src/**/*.py")]
    found = [one for path in (*sources, *_ROOT.glob("src/**/*.py")) for one in _protocols(path)]
    assert len(found) > 50
    assert [one for one in found if one[1] > _MOST_METHODS] == []


def test_a_docstring_says_more_than_where_to_look() -> None:
    """A method that a port describes overrides the port's, which shows its description."""
    assert [
        f"{path.relative_to(_ROOT)}:{node.name}"
        for room in ("libs", "proto", "services", "src")
        for path in sorted((_ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and (ast.get_docstring(node) or "").startswith("See `")
    ] == []

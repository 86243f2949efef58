"""An adapter names the port that it implements, and implements all of it."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

_SERVICES = (
    "c360_account",
    "c360_activation",
    "c360_audit",
    "c360_identity",
    "c360_profile",
    "c360_segment",
)
_PACKAGES = ("c360_kernel", "c360_policy", "c360_gateway", *_SERVICES)
_UNFINISHED = {
    ("SqliteProjection", "unit"),
    ("MongoFed", "unit"),
    ("MongoFed", "outgoing"),
    ("MongoFed", "relayed"),
    ("FedGeneration", "create"),
    ("LiveSubgraph", "execute"),
}
"""What a base of adapters leaves to them, and what is that of the moment."""
_ADAPTER = re.compile(r"(Sqlite|Mongo|Neo4j|Memory)\w*(Store|Log|Unit)")


def _modules(package: str) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        yield import_module(found.name)


def _classes(module: ModuleType) -> list[type]:
    found = (one for one in vars(module).values() if isinstance(one, type))
    return [one for one in found if one.__module__ == module.__name__]


def _is_port(kind: type) -> bool:
    return bool(kind.__dict__.get("_is_protocol")) and kind.__module__.startswith("c360_")


def _left_to_a_port(kind: type) -> Iterator[tuple[str, str]]:
    """The methods of ports that a class inherits and nobody implements: they would answer None."""
    for port in filter(_is_port, kind.__mro__):
        for name in (one for one in vars(port) if not one.startswith("_")):
            if _is_port(next(one for one in kind.__mro__ if name in one.__dict__)):
                yield kind.__name__, name


def test_whoever_inherits_a_port_implements_all_of_it() -> None:
    modules = (module for package in _PACKAGES for module in _modules(package))
    classes = [one for module in modules for one in _classes(module) if not _is_port(one)]
    adapters = [one for one in classes if any(map(_is_port, one.__mro__))]
    assert len(adapters) > 50
    assert {method for adapter in adapters for method in _left_to_a_port(adapter)} == _UNFINISHED


@pytest.mark.parametrize("service", _SERVICES)
def test_an_adapter_names_the_port_of_its_service(service: str) -> None:
    modules = (*_modules(f"{service}.store"), import_module(f"{service}.testing.memory"))
    classes = [one for module in modules for one in _classes(module)]
    adapters = [one for one in classes if _ADAPTER.fullmatch(one.__name__)]
    assert len(adapters) >= 3
    port = f"{service}.store.port"
    assert [one for one in adapters if port not in {base.__module__ for base in one.__mro__}] == []

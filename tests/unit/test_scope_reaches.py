"""No resolver of a domain service can pass its caller's scope by, and every adapter is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_account.store import scoped as account
from c360_account.store.port import AccountReader
from c360_identity.store.port import IdentityDirectory
from c360_identity.store.scoped import ScopedDirectory
from c360_profile.store import scoped as profile
from c360_profile.store.port import ProfileReader
from c360_segment.store import scoped as segment
from c360_segment.store.port import SegmentReader

SERVICES = Path(__file__).parents[2] / "services"
OF_CUSTOMERS = ("identity", "profile", "segment", "account")


def graph_files(service: str) -> Iterator[Path]:
    yield from (SERVICES / service / f"src/c360_{service}/graph").glob("*.py")


def contracts_of(service: str) -> Iterator[tuple[str, list[str]]]:
    """The classes of tests that run a contract of a store, each with what it runs."""
    for path in (SERVICES / service / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base) for base in node.bases]
                if any(base.endswith("StoreContract") for base in bases):
                    yield node.name, bases


@pytest.mark.parametrize("service", OF_CUSTOMERS)
def test_resolvers_hold_readers_and_no_store(service: str) -> None:
    naming = {
        path.name for path in graph_files(service) if re.search(r"\w+Store\b", path.read_text())
    }
    assert naming == {"schema.py"}


@pytest.mark.parametrize("service", OF_CUSTOMERS)
def test_what_an_operation_reads_with_is_made_for_its_caller(service: str) -> None:
    schema = (SERVICES / service / f"src/c360_{service}/graph/schema.py").read_text("utf-8")
    (made,) = [
        node
        for node in ast.walk(ast.parse(schema))
        if isinstance(node, ast.FunctionDef) and node.name == "context_for"
    ]
    body = ast.unparse(made)
    assert re.search(r"within\(.*scope_of\(caller\)\)", body)
    assert not re.search(r"make_context\(caller, (store|directory),", body)


@pytest.mark.parametrize("service", OF_CUSTOMERS)
def test_every_adapter_is_tried_under_a_scope(service: str) -> None:
    found = dict(contracts_of(service))
    assert len(found) > 1
    untried = [name for name, bases in found.items() if not any("Scoped" in one for one in bases)]
    assert untried == []


@pytest.mark.parametrize(
    ("port", "scoped"),
    [
        (ProfileReader, profile.ScopedReader),
        (SegmentReader, segment.ScopedReader),
        (AccountReader, account.ScopedReader),
        (IdentityDirectory, ScopedDirectory),
    ],
)
def test_no_read_of_a_port_is_left_to_chance(port: type, scoped: type) -> None:
    reads = {name for one in port.__mro__ for name in vars(one) if not name.startswith("_")}
    assert len(reads) > 4
    assert reads - vars(scoped).keys() == set()

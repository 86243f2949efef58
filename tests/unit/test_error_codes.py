"""Each code that the code uses has its line in the reference, and says the same of trying again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from c360_kernel import errors as kernel_errors

from c360_cli.reference import errors
from c360_cli.reference.error_codes import SECTIONS

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
# Of other things than errors: statuses, SQLite's own names, limits of the registry of documents.
NO_CODES = {
    "DEAD_LETTERED",
    "NOT_SAME",
    "UNKNOWN_TYPE",
    "SQLITE_CORRUPT",
    "SQLITE_ERROR",
    "SQLITE_FULL",
    "SQLITE_NOTADB",
    "SASL_SSL",
    "REQUIRE_SERVERS",
    "REFERENCE_COMPOSER",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
}
KNOWN = {code: told for _, _, codes in SECTIONS for code, told in codes.items()}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    roots = [*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"), ROOT / "src"]
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            of_composer = "compose" in path.parts or path.name == "hiding.py"
            if not of_composer and "testing" not in path.parts and "reference" not in path.parts:
                yield path, ast.parse(path.read_text())


def words(tree: ast.Module) -> set[str]:
    texts = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant))
    found = {text for text in texts if isinstance(text, str) and WORD.fullmatch(text)}
    return {word for word in found - NO_CODES if not word.startswith("C360_")}


def raised(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Class and code of each error that is made with a code of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield node.func.id, str(keyword.value.value)


def test_every_code_is_explained():
    used = set[str]().union(*(words(tree) for _, tree in sources()))
    assert used - KNOWN.keys() == set()


def test_every_code_of_a_delivery_is_explained():
    lines = (ROOT / "docs/activation.md").read_text().splitlines()
    told = re.findall(r"`([A-Z][A-Z_]+)`", "".join(one.partition("| ")[2] for one in lines))
    assert "CONSENT_MISSING" in told
    assert set(told) - KNOWN.keys() - {"NAME", "GET"} == set()


def test_no_code_is_explained_that_nothing_uses():
    text = "".join(path.read_text() for path, _ in sources())
    assert [code for code in KNOWN if f'"{code}"' not in text] == []


def test_retryable_is_what_the_error_says():
    for path, tree in sources():
        for kind, code in raised(tree):
            if (error := getattr(kernel_errors, kind, None)) is not None:
                assert KNOWN[code].retryable == error.retryable, f"{path.name}: {kind} {code}"


@pytest.mark.parametrize("code", sorted(KNOWN))
def test_a_meaning_is_plain(code: str):
    assert KNOWN[code].meaning.endswith((".", "`"))
    assert f"| `{code}` |" in errors.reference()

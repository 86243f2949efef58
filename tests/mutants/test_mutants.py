"""The changes are what they say, and each guard has its source and its tests."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutants.changes import mutants
from tests.mutants.guards import guards

ROOT = Path(__file__).parents[2]
GUARDS = {guard.module: guard for guard in guards(ROOT)}
REASONS = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text())


def changed(text):
    """Every text that a change makes of this one."""
    for index in range(len(mutants(ast.parse(text)))):
        tree = ast.parse(text)
        mutants(tree)[index].apply()
        yield ast.unparse(tree)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("a in b", ["pass", "a not in b"]),
        ("a < b", ["pass", "a <= b"]),
        ("x = a and b", ["x = a or b"]),
        ("x = not a", ["x = a"]),
        ("x = a if b else c", ["x = a if True else c", "x = a if False else c"]),
        ("x = [a for a in b if c]", ["x = [a for a in b if True]", "x = [a for a in b if False]"]),
        ("raise A('text' + b)", ["pass"]),
        ("x: int | None = 1", ["x: int | None = 2"]),
        ("x = a['b']", ["x = a['not b']"]),
        ("x = f(True, 'text')", ["x = f(False, 'text')"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("'''What it is.'''", []),
    ],
)
def test_a_text_is_changed_in_one_place_at_a_time(text, others):
    assert list(changed(text)) == others


def test_each_guard_is_there_with_its_tests():
    for guard in GUARDS.values():
        assert all(Path(file).is_file() for file in (guard.source, *guard.tests)), guard


def test_a_reason_is_given_for_a_change_that_can_be_made():
    for module, reasons in REASONS.items():
        made = {one.name for one in mutants(ast.parse(GUARDS[module].source.read_text()))}
        assert reasons.keys() <= made, module

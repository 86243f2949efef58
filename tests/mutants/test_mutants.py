"""The changes are what they say, and each guard has its source and its tests."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutants.__main__ import _seen
from tests.mutants.changes import mutants
from tests.mutants.guards import FLOOR, GONE_THROUGH, guards
from tests.mutants.nearness import MOST, is_of_a_server

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
        ("T = TypeVar('T', covariant=True)", []),
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


def test_every_rule_of_a_domain_and_of_the_log_is_a_guard():
    rooms = [*ROOT.glob("services/*/src/*/domain"), ROOT / "libs/policy/src/c360_policy"]
    rooms += [ROOT / f"libs/kernel/src/c360_kernel/{name}" for name in ("projection", "log")]
    sources = {one for room in rooms for one in room.rglob("*.py") if one.stem != "__init__"}
    missing = sources - {guard.source for guard in GUARDS.values()}
    assert len(sources) > 60
    assert {one.stem.partition("_")[0] for one in missing} <= {"kafka", "mongodb"}


def test_each_guard_has_tests_that_run_in_memory():
    for guard in GUARDS.values():
        assert guard.tests, guard.module
        assert len(guard.tests) <= MOST
        assert not any(is_of_a_server(Path(one).relative_to(ROOT)) for one in guard.tests)


def test_the_nearest_tests_of_a_module_come_first():
    near = [Path(one).name for one in GUARDS["c360_identity.domain.rulings"].tests]
    assert near[0] == "test_rulings.py"
    assert "test_scope.py" in {Path(one).name for one in GUARDS["c360_kernel.scope"].tests}


def test_a_module_that_was_gone_through_has_the_higher_floor():
    assert GUARDS["c360_policy.table"].floor == GONE_THROUGH > FLOOR
    assert GUARDS["c360_segment.domain.leaves"].floor == FLOOR


@pytest.mark.parametrize(("unexplained", "seen"), [(0, 100.0), (1, 90.0), (10, 0.0)])
def test_what_survives_without_a_reason_is_not_seen(unexplained, seen):
    assert _seen(10, unexplained) == seen
    assert _seen(0, 0) == 100

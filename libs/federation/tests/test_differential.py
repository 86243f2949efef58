"""The composer against the reference composer, whose verdicts are kept in a table.

Law: no set of subgraphs is accepted that the reference refuses. Where ours refuses more, or with
another code, `EXPLAINED` says so and `docs/composition.md` why.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from c360_federation import CompositionError, compose_with_hints

ROOT = Path(__file__).parent.parent
FOLDER = os.environ.get("C360_REFERENCE_COMPOSER")


def loaded(file: Path) -> ModuleType:
    """A module of this folder or of the scripts, which are no packages."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


sets = loaded(ROOT / "tests/composition_sets.py")
SETS = sets.read_sets()
TABLE = sets.read_table()
EXPLAINED = json.loads((sets.FOLDER / "explained.json").read_text("utf-8"))


@cache
def ours(name: str) -> tuple[bool, set[str], set[str]]:
    """Accepted, problem codes, hint codes."""
    try:
        result = compose_with_hints(SETS[name])
    except CompositionError as error:
        return False, {one.code for one in error.problems}, set()
    return True, set(), {one.code for one in result.hints}


def test_the_table_is_of_these_sets():
    assert set(TABLE) == set(SETS)
    assert len(SETS) > 600


@pytest.mark.parametrize("name", SETS)
def test_the_verdict_is_the_references(name):
    accepted, codes, _ = ours(name)
    reference = TABLE[name]
    if accepted:
        assert reference["accepted"], reference["codes"]
        assert name not in EXPLAINED
    elif reference["accepted"] or not codes & set(reference["codes"]):
        assert EXPLAINED.get(name) in codes


HINTED = [name for name in SETS if name.startswith("hints/") and TABLE[name]["accepted"]]


@pytest.mark.parametrize("name", HINTED)
def test_the_hints_are_the_references(name):
    _, _, hints = ours(name)
    assert hints == set(TABLE[name]["hints"])


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER, reason="C360_REFERENCE_COMPOSER names no folder with npm packages")
def test_the_table_is_not_stale():
    recorded = loaded(ROOT / "scripts/record_reference.py").ask(Path(str(FOLDER)))
    assert recorded == TABLE

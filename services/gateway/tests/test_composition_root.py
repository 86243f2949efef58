"""The composition root is a table of contents: it names the parts and makes none of them."""

import ast
from pathlib import Path

from c360_gateway import bootstrap

LINES = Path(bootstrap.__file__).read_text().splitlines()
TREE = ast.parse("\n".join(LINES))


def test_it_fits_on_two_screens():
    assert len(LINES) < 120


def test_it_holds_what_builds_a_gateway_and_nothing_else():
    made = [node for node in TREE.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert [node.name for node in made] == ["build", "build_before"]


def test_it_decides_nothing():
    deciding = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match)
    assert [node.lineno for node in ast.walk(TREE) if isinstance(node, deciding)] == []

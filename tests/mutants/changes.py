"""The small changes that a guard must not survive: one tree, changed in one place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
# A type is no behaviour, and a message is not what guards.
_SKIPPED_FIELDS = frozenset({"annotation", "returns", "decorator_list"})
_SKIPPED_NODES = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """One change: the function it is in, its line, what it does; `apply` changes the tree."""

    where: str
    line: int
    change: str
    apply: Callable[[], None]

    @property
    def name(self) -> str:
        """What stays the same when lines move."""
        return f"{self.where}: {self.change}"


@dataclass(frozen=True)
class Place:
    """A node, what holds it, and the names of the functions around it."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    owners: tuple[str, ...]

    def put(self, new: ast.AST) -> None:
        """Have another node in this place."""
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


def mutants(tree: ast.Module) -> list[Mutant]:
    """Every change of a module, from top to bottom."""
    return [_mutant(place, new) for place in _places(tree, ()) for new in _others(place)]


def _places(parent: ast.AST, owners: tuple[str, ...]) -> Iterator[Place]:
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        listed = isinstance(value, list)
        for index, node in enumerate(value if listed else [value]):
            if isinstance(node, ast.AST):
                yield Place(node, parent, field, index if listed else None, owners)
                if not isinstance(node, _SKIPPED_NODES) and not _makes_a_type(node):
                    yield from _places(node, _within(node, owners))


def _makes_a_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"TypeVar", "cast", "NewType"}


def _within(node: ast.AST, owners: tuple[str, ...]) -> tuple[str, ...]:
    named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return (*owners, node.name) if named else owners


def _mutant(place: Place, new: ast.AST) -> Mutant:
    ast.copy_location(new, place.node)
    ast.fix_missing_locations(new)
    # A constant by itself says nothing.
    shown = place.parent if isinstance(place.node, ast.Constant) else place.node
    before = _told(shown)
    place.put(new)
    change = f"{before} -> {_told(shown if shown is place.parent else new)}"
    place.put(place.node)
    line = getattr(place.node, "lineno", 0)
    return Mutant(".".join(place.owners) or "module", line, change, lambda: place.put(new))


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."


def _others(place: Place) -> Iterator[ast.AST]:
    node = place.node
    if isinstance(node, ast.stmt):
        yield from _other_statements(node)
    elif isinstance(node, ast.Compare):
        yield from _other_comparisons(node)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant):
        yield from _other_constants(place, node)
    if _decides(place):
        yield from (ast.Constant(value) for value in _fixed(place))


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Expr | ast.Raise | ast.AugAssign | ast.Delete) and not documents:
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def _other_comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        if type(operator) in _COMPARED:
            other = deepcopy(node)
            other.ops[index] = _COMPARED[type(operator)]()
            yield other


def _other_constants(place: Place, node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and isinstance(place.parent, ast.Compare | ast.Subscript):
        yield ast.Constant(f"not {node.value}")


def _decides(place: Place) -> bool:
    conditions = ast.If | ast.IfExp | ast.While
    tested = isinstance(place.parent, conditions) and place.field == "test"
    return tested or (isinstance(place.parent, ast.comprehension) and place.field == "ifs")


def _fixed(place: Place) -> tuple[bool, ...]:
    return (False,) if isinstance(place.parent, ast.While) else (True, False)

"""The text of `rows.yaml` read strictly: what is not understood refuses the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar, cast

from c360_kernel.catalog.document import CatalogError, CatalogProblem, Located, Problems
from c360_kernel.catalog.document import read_document as read_yaml
from c360_kernel.catalog.entry import Entry

from c360_policy.errors import PolicyProblem, refuse_any
from c360_policy.reading.seal import seal_problems
from c360_policy.rows.leaves import shape_faults
from c360_policy.rows.model import (
    ANY_PURPOSE,
    EVERY_ROLE,
    NO_ROWS,
    ApartRoles,
    ConsentRule,
    RowRule,
    Rows,
    Sees,
    Tree,
    Volume,
)
from c360_policy.rows.places import located

FILE = "rows.yaml"
_BOUNDS = ("smallestGroup", "volume", "enumeration", "bulk")
_SECTIONS = ("rows", "consent", "apart", *_BOUNDS)
_TOKENS = ("refused", "warned")
_PAIR = 2
T = TypeVar("T")


class RowsDraft(NamedTuple):
    """What can be understood, and what is wrong."""

    rows: Rows
    problems: tuple[PolicyProblem, ...]


def parse_rows(text: str) -> Rows:
    """What a text says; raises `PolicyInvalid`. Names are checked elsewhere (`row_names`)."""
    draft = read_rows(text)
    refuse_any(draft.problems)
    return draft.rows


def read_rows(text: str) -> RowsDraft:
    """What a text says, right or wrong; nothing at all is said by no text."""
    if not text:
        return RowsDraft(NO_ROWS, ())
    problems = Problems(FILE)
    try:
        rows = _rows(Entry(read_yaml(text, problems), _SECTIONS))
    except CatalogError as error:
        return RowsDraft(NO_ROWS, tuple(map(as_policy_problem, error.problems)))
    found = [*map(as_policy_problem, problems.found), *seal_problems(text)]
    return RowsDraft(rows, tuple(sorted(set(found))))


def as_policy_problem(problem: CatalogProblem) -> PolicyProblem:
    """A problem of the file as one of the policy."""
    where = f"{FILE} {problem.path}".strip()
    return PolicyProblem(problem.line, f"{where}: {problem.message}")


def _rows(root: Entry) -> Rows:
    return Rows(
        rules=_by_role(root, "rows", _rule),
        smallest=_by_role(root, "smallestGroup", _smallest),
        consents=tuple(_consents(root)),
        volumes=_by_role(root, "volume", _volume),
        lookups=_by_role(root, "enumeration", _volume),
        apart=tuple(_apart(root)),
        bulk=_by_role(root, "bulk", _smallest),
        places=tuple(
            (role, at) for section in _BOUNDS for role, at in _fields(root, section).items()
        ),
    )


def _fields(root: Entry, section: str) -> dict[str, Located]:
    return root.given[section].fields() if section in root.given else {}


def _by_role(root: Entry, section: str, read: Callable[[str, Located], T | None]) -> dict[str, T]:
    made = {role: read(role, at) for role, at in _fields(root, section).items()}
    return {role: one for role, one in made.items() if one is not None}


def _rule(role: str, at: Located) -> RowRule | None:
    sees = _sees(at)
    return None if sees is None else RowRule(role, sees, at)


def _sees(at: Located) -> Sees | None:
    plain = at.plain()
    if isinstance(plain, str) and plain in ("everybody", "none"):
        return cast(Sees, plain)
    if not isinstance(plain, dict):
        at.complain("says everybody, none, or a condition")
        return None
    found = list(shape_faults(cast("object", plain)))
    for fault in found:
        located(at, fault.path).complain(fault.message)
    return None if found else cast(Tree, plain)


def _smallest(_: str, at: Located) -> int | None:
    number = at.integer()
    if number is not None and number < 1:
        at.complain("must be at least 1")
    return number


def _volume(_: str, at: Located) -> Volume:
    entry = Entry(at, ("customersPerHour", "customersPerDay"))
    if not entry.given:
        at.complain("needs customersPerHour or customersPerDay")
    return Volume(entry.integer("customersPerHour", 1), entry.integer("customersPerDay", 1))


def _consents(root: Entry) -> Iterator[ConsentRule]:
    for at in root.given["consent"].items() if "consent" in root.given else ():
        entry = Entry(at, ("object", "purposes", "roles"))
        obj = entry.required("object")
        purposes = entry.texts("purposes") or (ANY_PURPOSE,)
        yield ConsentRule(
            (obj.text() or "") if obj else "", purposes, entry.texts("roles") or (EVERY_ROLE,), at
        )


def _apart(root: Entry) -> Iterator[ApartRoles]:
    for at in root.given["apart"].items() if "apart" in root.given else ():
        entry = Entry(at, ("roles", "token"))
        entry.required("roles")
        roles = frozenset(entry.texts("roles"))
        if entry.has("roles") and len(roles) != _PAIR:
            at.complain("roles names two different ones")
        token = entry.choice("token", _TOKENS, "fate of a token")
        yield ApartRoles(roles, token != "warned", at)

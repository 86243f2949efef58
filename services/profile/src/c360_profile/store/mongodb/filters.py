"""Conditions as filters, from operators that every server here is right about.

What is said here of every value is what `c360_kernel.conditions.operators` says of it. `$regex`
with every special character escaped tests texts; the rest is `$in`, ranges, `$exists`, `$type`,
and `$and`, `$or`, `$nor` of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from c360_kernel.conditions.facts import is_fact, tallied_by
from c360_kernel.conditions.operators import Kind, Operator, Wanted, has_order, kind_of
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest, leaves
from c360_kernel.mongodb import Document
from c360_kernel.record import TraitValue

from c360_profile.store.mongodb.facts import having, is_marked

_EVERYBODY: Document = {"_id": {"$exists": True}}
_NOBODY: Document = {"_id": {"$in": []}}
# MongoDB takes patterns up to 32,764 bytes; escaped, a character can take five.
_LONGEST_PATTERN = 4_096
# Numbers that a double holds exactly; code points that are one unit of UTF-16 and no half of one.
_EXACT = 2**53
_SURROGATES = "\ud800"
_TYPES: Mapping[Kind, str] = {"flag": "bool", "number": "number", "text": "string", "list": "array"}
_COMPARISONS: Mapping[Operator, str] = {
    "greater_than": "$gt",
    "at_least": "$gte",
    "less_than": "$lt",
    "at_most": "$lte",
}


def is_expressible(condition: ValueCondition) -> bool:
    """Whether a filter says the same as the condition on every server."""
    return all(map(_is_expressible_test, leaves(condition)))


def _is_expressible_test(test: ValueTest) -> bool:
    wanted = test.wanted
    if tallied_by(test.name) is not None:
        return False
    if is_fact(test.name):
        return is_marked(test)
    if test.operator in ("contains", "starts_with"):
        return not isinstance(wanted, str) or _is_a_pattern(wanted)
    if test.operator == "in":
        return not isinstance(wanted, tuple) or not any(isinstance(w, tuple) for w in wanted)
    if test.operator in _COMPARISONS:
        return _is_ordered_alike(wanted)
    return not isinstance(wanted, tuple)


def _is_a_pattern(text: str) -> bool:
    return len(text) <= _LONGEST_PATTERN and "\0" not in text


def filter_of(condition: ValueCondition) -> Document:
    """The filter of customers whose values meet a condition that is expressible."""
    match condition:
        case ValueTest(operator="not_equals"):
            return _fails(replace(condition, operator="equals"))
        case ValueTest(operator="missing"):
            return _fails(replace(condition, operator="exists"))
        case ValueTest():
            return _either(_tests(condition))
        case Not():
            return _opposite(condition.part)
        case All():
            return {"$and": [filter_of(part) for part in condition.parts] or [_EVERYBODY]}
        case AnyOf():
            return _either([filter_of(part) for part in condition.parts])


def _opposite(condition: ValueCondition) -> Document:
    match condition:
        case ValueTest(operator="not_equals"):
            return filter_of(replace(condition, operator="equals"))
        case ValueTest(operator="missing"):
            return filter_of(replace(condition, operator="exists"))
        case ValueTest():
            return _fails(condition)
        case Not():
            return filter_of(condition.part)
        case All():
            return filter_of(AnyOf(tuple(map(Not, condition.parts))))
        case AnyOf():
            return filter_of(All(tuple(map(Not, condition.parts))))


def _either(filters: Sequence[Document]) -> Document:
    return {"$or": list(filters) or [_NOBODY]}


def _tests(test: ValueTest) -> Sequence[Document]:
    """Filters of which one has to pass, each of one field; none where no value passes."""
    return having(test) if is_fact(test.name) else _trait_tests(test)


def _trait_tests(test: ValueTest) -> Sequence[Document]:
    value, items = f"traits.{test.name}", f"lists.{test.name}"
    match test:
        case ValueTest(operator="exists"):
            return [{value: {"$exists": True}}, {items: {"$exists": True}}]
        case ValueTest(operator="equals", wanted=wanted) if not isinstance(wanted, tuple):
            return _among(value, (wanted,))
        case ValueTest(operator="in", wanted=tuple() as wanted):
            return _among(value, wanted)
        case ValueTest(operator="contains" | "starts_with", wanted=str() as text):
            start = "^" * (test.operator == "starts_with")
            found = _of_kind(value, "text", {"$regex": f"{start}{_literal(text)}"})
            return [found] if start else [found, {items: {"$eq": text}}]
        case ValueTest(wanted=wanted) if test.operator in _COMPARISONS and has_order(wanted):
            return [_of_kind(value, kind_of(wanted), {_COMPARISONS[test.operator]: wanted})]
        case _:
            return []


def _among(field: str, wanted: Iterable[TraitValue | None]) -> Sequence[Document]:
    by_kind: dict[Kind, list[TraitValue]] = {}
    for one in wanted:
        if one is not None:
            by_kind.setdefault(kind_of(one), []).append(one)
    return [_of_kind(field, kind, {"$in": some}) for kind, some in by_kind.items()]


def _of_kind(field: str, kind: Kind, passing: Document) -> Document:
    # Some servers take true for 1, and look for a pattern in the digits of a number.
    return {"$and": [{field: passing}, {field: {"$type": _TYPES[kind]}}]}


def _fails(test: ValueTest) -> Document:
    passing = _tests(test)
    if is_fact(test.name):
        return {"$nor": passing} if passing else _EVERYBODY
    # A field that is missing fails, in so many words: not every server concludes it.
    fields = (f"traits.{test.name}", f"lists.{test.name}")
    absent: Document = {"$and": [{field: {"$exists": False}} for field in fields]}
    return {"$or": [absent, {"$nor": passing}]} if passing else _EVERYBODY


def _is_ordered_alike(wanted: Wanted) -> bool:
    """Whether every server orders values against this one as we do: some go by UTF-16."""
    if isinstance(wanted, str):
        return all(character < _SURROGATES for character in wanted)
    return not isinstance(wanted, int | float) or abs(wanted) <= _EXACT


def _literal(wanted: object) -> str:
    """A pattern for exactly this text, in every dialect: words and what is not ASCII as it is."""
    return "".join(
        character if character.isalnum() or not character.isascii() else f"\\{character}"
        for character in str(wanted)
    )

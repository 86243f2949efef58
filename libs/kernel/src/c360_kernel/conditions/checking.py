"""Finds what is wrong with a condition in the form of documents, each fault with its place.

Whoever holds the document says where that is: a line of YAML, a path of GraphQL input. Messages
name operators, traits and types, and of what was written only words that should be known ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeVar, cast

from c360_kernel.conditions.operators import OPERATORS, WITHOUT_VALUE, Operator
from c360_kernel.conditions.reading import Subject
from c360_kernel.nearest import did_you_mean
from c360_kernel.value_types import TypeMismatch, ValueType, typed

T = TypeVar("T")
S = TypeVar("S", bound=Subject)
Path = tuple[str | int, ...]
Fields = Mapping[str, object]


class Fault(NamedTuple):
    """One thing that is wrong, and where in the condition: `("all", 0, "op")`."""

    path: Path
    message: str

    @property
    def place(self) -> str:
        """The path in words: `all[0].op`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")


Faults = Iterator[Fault]
Finding = Generator[Fault, None, T | None]
"""Faults, and in the end what was found, None where it is at fault."""
LeafCheck = Callable[[Fields, Path], Faults]
"""Finds the faults of one form of leaf."""


class Trait(Subject, Protocol):
    """A trait, whose values may be a closed list."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values there are; empty where there are others."""
        ...


def faults(tree: object, leaves: Mapping[str, LeafCheck], path: Path = ()) -> Faults:
    """What is wrong with a condition whose leaves have one of these forms, by their first word."""
    fields = yield from mapping(tree, path)
    forms = ("all", "any", "not", *leaves)
    given = _forms_of(fields or {}, forms, leaves)
    if fields is None:
        return
    if len(given) != 1:
        yield Fault(path, f"a condition has exactly one of {', '.join(forms)}")
    elif given[0] in leaves:
        yield from leaves[given[0]](fields, path)
    else:
        yield from unknown_fields(fields, given, path)
        yield from _combined(given[0], fields, leaves, path)


def _forms_of(fields: Fields, forms: Collection[str], leaves: Mapping[str, LeafCheck]) -> list[str]:
    """The forms that are given; of leaves the first, which may have a field of another's name."""
    given = [form for form in forms if form in fields]
    return given[:1] if given and given[0] in leaves else given


def _combined(form: str, fields: Fields, leaves: Mapping[str, LeafCheck], path: Path) -> Faults:
    here = (*path, form)
    if form == "not":
        yield from faults(fields[form], leaves, here)
        return
    items = yield from members(fields[form], here)
    if items == []:
        yield Fault(here, "needs at least one condition")
    for index, item in enumerate(items or ()):
        yield from faults(item, leaves, (*here, index))


def trait_leaf(traits: Mapping[str, Trait]) -> LeafCheck:
    """The form `{trait: name, op: ..., value: ...}`."""

    def check(fields: Fields, path: Path) -> Faults:
        trait = yield from _compared(fields, "trait", traits, path)
        if trait and trait.choices and given_in(fields, "op") and given_in(fields, "value"):
            yield from _choices(fields["value"], trait, (*path, "value"))

    return check


def name_leaf(form: str, known: Collection[str]) -> LeafCheck:
    """The form `{source: name}`, of whatever `form` names: that it is one of these."""

    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, (form,), path)
        yield from word(fields, form, known, form, path)

    return check


def refused_leaf(why: str) -> LeafCheck:
    """A form of another place, with why it is none here."""

    def check(_: Fields, path: Path) -> Faults:
        yield Fault(path, why)

    return check


def property_leaf(properties: Mapping[str, Subject]) -> LeafCheck:
    """The form `{property: name, op: ..., value: ...}`, of an event."""

    def check(fields: Fields, path: Path) -> Faults:
        yield from _compared(fields, "property", properties, path)

    return check


def _compared(fields: Fields, form: str, known: Mapping[str, S], path: Path) -> Finding[S]:
    """Checks a comparison, and gives what it compares if that is known."""
    yield from unknown_fields(fields, (form, "op", "value"), path)
    name = yield from word(fields, form, known, form, path)
    subject = known.get(name or "")
    yield from comparison(fields, subject.type if subject else None, path)
    return subject


def _choices(value: object, trait: Trait, path: Path) -> Faults:
    for one in cast("list[object]", value) if isinstance(value, list) else [value]:
        if one not in trait.choices:
            yield Fault(path, f"'{one}' is not a choice of '{trait.name}'")


def comparison(fields: Fields, type_: ValueType | None, path: Path) -> Faults:
    """The operator and value of a test; of a type None, which is not known, the operator alone."""
    found = yield from word(fields, "op", OPERATORS, "operator", path)
    if found not in OPERATORS:
        return
    operator = cast(Operator, found)
    if type_ is not None and type_ not in OPERATORS[operator]:
        yield Fault((*path, "op"), f"'{operator}' cannot be asked of type '{type_}'")
    elif operator in WITHOUT_VALUE:
        if "value" in fields:
            yield Fault((*path, "value"), f"'{operator}' takes no value")
    elif not given_in(fields, "value"):
        yield Fault(path, "'value' is missing")
    elif type_ is not None:
        yield from _value(fields["value"], operator, type_, (*path, "value"))


def _value(value: object, operator: Operator, type_: ValueType, path: Path) -> Faults:
    if operator == "in":
        items = yield from members(value, path)
        for index, item in enumerate(items or ()):
            yield from _typed(item, type_, (*path, index))
    else:
        yield from _typed(value, "string" if operator == "contains" else type_, path)


def _typed(value: object, type_: ValueType, path: Path) -> Faults:
    try:
        typed(value, type_)
    except TypeMismatch as mismatch:
        yield Fault(path, mismatch.message)


def mapping(value: object, path: Path) -> Finding[Fields]:
    """The fields of a mapping."""
    if isinstance(value, Mapping):
        return cast(Fields, value)
    yield Fault(path, f"expected a mapping, found {_in_words(value)}")
    return None


def members(value: object, path: Path) -> Finding[list[object]]:
    """The items of a list."""
    if isinstance(value, list):
        return cast("list[object]", value)
    yield Fault(path, f"expected a list, found {_in_words(value)}")
    return None


def unknown_fields(fields: Fields, known: Collection[str], path: Path) -> Faults:
    """A fault for each field that does not belong."""
    for name in fields:
        if name not in known:
            yield Fault((*path, name), f"unknown field '{name}'{did_you_mean(name, known)}")


def word(
    fields: Fields, name: str, allowed: Collection[str], what: str, path: Path
) -> Finding[str]:
    """A field that must be one of these words; one that is none is told, and returned."""
    if not given_in(fields, name):
        yield Fault(path, f"'{name}' is missing")
        return None
    found = fields[name]
    if not isinstance(found, str):
        yield Fault((*path, name), f"expected text, found {_in_words(found)}")
        return None
    if found not in allowed:
        hint = did_you_mean(found, allowed) or f"; known: {', '.join(sorted(allowed)) or 'none'}"
        yield Fault((*path, name), f"unknown {what} '{found}'{hint}")
    return found


def count(fields: Fields, name: str, path: Path) -> Finding[int]:
    """A whole number from 0 on that may be left out."""
    if not given_in(fields, name):
        return None
    found = fields[name]
    if not isinstance(found, int) or isinstance(found, bool):
        yield Fault((*path, name), f"expected a whole number, found {_in_words(found)}")
        return None
    if found < 0:
        yield Fault((*path, name), "must be at least 0")
    return found


def given_in(fields: Fields, name: str) -> bool:
    """Whether a field is there; null is not."""
    return fields.get(name) is not None


def _in_words(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"

"""What filters are made of: inputs whose fields may all be left out, and the tests in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

import strawberry

from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.operators import Operator, Wanted
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types.fields import attribute, tags_of


class FilterInvalid(Invalid):
    """A filter that means nothing. The message names traits and operators, never values."""

    code = "FILTER_INVALID"


Fields = Mapping[str, tuple[Any, str | Sequence[str], str]]
"""By field of an input its type, its tag and what it says."""


def input_class(name: str, given: Fields) -> type:
    """An undecorated input: by field its type, its tag and what it says; each may be left out."""
    namespace: dict[str, Any] = {
        attribute(field): strawberry.federation.field(
            name=field,
            tags=tags_of(tag),
            description=description or None,
            default=strawberry.UNSET,
        )
        for field, (_, tag, description) in given.items()
    }
    namespace["__annotations__"] = {
        attribute(field): type_ | None for field, (type_, _, _) in given.items()
    }
    namespace["__module__"] = __name__
    return type(name, (), namespace)


def tests_of(trait: TraitType, test: object) -> Iterator[ValueTest]:
    """The tests that a filter of one trait's type states. Raises `FilterInvalid`."""
    return stated_tests(trait.name, trait.name, test, lambda operand: wanted_of(operand, trait))


def stated_tests(
    name: str, called: str, test: object, wanted: Callable[[object], Wanted]
) -> Iterator[ValueTest]:
    """The tests of one value that an input with a field for each operator states.

    `name` is the value's in conditions, `called` what its asker calls it. Raises `FilterInvalid`.
    """
    for field in fields(cast(Any, test)):
        operand = getattr(test, field.name)
        op = cast(Operator, field.name.removesuffix("_"))
        if operand is strawberry.UNSET:
            continue
        if operand is None:
            raise FilterInvalid(f"'{op}' of '{called}' is null; ask for exists: false instead")
        if op == "exists":
            yield ValueTest(name, "exists" if operand else "missing")
        else:
            yield ValueTest(name, op, wanted(operand))


def wanted_of(operand: object, trait: TraitType) -> Wanted:
    """What a trait is compared with, typed as its values are. Raises `FilterInvalid`."""
    compared = comparable(operand, trait)
    listed = cast("list[object]", compared) if isinstance(compared, list) else [compared]
    if any(isinstance(one, str) and not is_unicode(one) for one in listed):
        raise FilterInvalid(f"a text of '{trait.name}' is broken Unicode")
    return cast(Wanted, tuple(listed) if isinstance(compared, list) else compared)


def is_unicode(text: str) -> bool:
    """Whether a text can be written at all: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

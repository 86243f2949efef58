"""`@authenticated`, `@requiresScopes`, `@policy`: where they stand and what they carry over to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element, Subgraph, TypeDef
from c360_federation.errors import SupergraphError
from c360_federation.selection import TYPENAME, Field, Fragment, Items
from c360_federation.supergraph.field_sets import parse_field_set
from c360_federation.supergraph.type_names import base_name
from c360_federation.values import Json

ACCESS = ("authenticated", "requiresScopes", "policy")
Declared = Mapping[str, Sequence[tuple[Subgraph, TypeDef]]]
_Alternatives = frozenset[frozenset[str]]
_ANYONE: _Alternatives = frozenset((frozenset(),))


def check_access_places(subgraph: Subgraph, problems: ProblemList) -> None:
    """Interfaces are guarded by what guards their types."""
    for owner in subgraph.types.values():
        if owner.kind == "interface":
            guarded: Iterable[Element] = (owner, *owner.fields.values())
        elif owner.is_interface_object:
            guarded = (owner,)
        else:
            continue
        for one in guarded:
            if any(one.has(name) for name in ACCESS):
                place = owner.name if one is owner else f"{owner.name}.{one.name}"
                message = (
                    f"{place} in subgraph {subgraph.name!r} is guarded, but of an interface. "
                    "Guard the types and their fields."
                )
                code = "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE"
                problems.add(code, message, (subgraph.name,), place)


@dataclass(frozen=True, slots=True)
class _Guard:
    """What a caller must show: each a choice of sets, all of one of which are needed."""

    is_authenticated: bool = False
    scopes: _Alternatives = field(default=_ANYONE)
    policies: _Alternatives = field(default=_ANYONE)

    def covers(self, other: _Guard) -> bool:
        """Whether who passes here passes there too."""
        return (
            (self.is_authenticated or not other.is_authenticated)
            and _implies(self.scopes, other.scopes)
            and _implies(self.policies, other.policies)
        )

    def and_also(self, other: _Guard) -> _Guard:
        """Both together."""
        return _Guard(
            self.is_authenticated or other.is_authenticated,
            _both(self.scopes, other.scopes),
            _both(self.policies, other.policies),
        )


def _implies(first: _Alternatives, second: _Alternatives) -> bool:
    return all(any(required <= sufficient for required in second) for sufficient in first)


def _both(first: _Alternatives, second: _Alternatives) -> _Alternatives:
    return frozenset(one | other for one, other in product(first, second))


def check_transitive_access(
    subgraphs: Sequence[Subgraph], declared: Declared, problems: ProblemList
) -> None:
    """A field that requires others is guarded at least as they are."""
    guards = _Guards(declared)
    for subgraph in subgraphs:
        for owner in subgraph.types.values():
            for one in owner.fields.values():
                if one.requires is not None:
                    coordinate = f"{owner.name}.{one.name}"
                    own = guards.of(owner.name).and_also(guards.of(owner.name, one.name))
                    for needed in guards.missing(one.requires, owner.name, own):
                        message = (
                            f"{coordinate} requires {needed}, which is guarded by more than "
                            f"{coordinate} is. Guard it alike."
                        )
                        code = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
                        problems.add(code, message, (subgraph.name,), coordinate)


class _Guards:
    """What guards types and fields over all subgraphs; interfaces have their types' guards."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def of(self, type_name: str, field_name: str | None = None) -> _Guard:
        made = _Guard()
        for one in self._elements(type_name, field_name):
            made = made.and_also(_guard(one))
        return made

    def _elements(self, type_name: str, field_name: str | None) -> Iterator[Element]:
        for owner in self._sources(type_name, with_objects=field_name is not None):
            if field_name is None:
                yield owner
            elif field_name in owner.fields and not owner.fields[field_name].external:
                yield owner.fields[field_name]

    def _sources(self, type_name: str, *, with_objects: bool) -> Iterator[TypeDef]:
        """The type, the types of an interface, and the interface objects of a type."""
        own = [one for _, one in self._declared.get(type_name, ())]
        yield from own
        for found in self._declared.values():
            for _, one in found:
                if type_name in one.interfaces:
                    yield one
        for name in {name for one in own for name in one.interfaces} if with_objects else ():
            yield from (one for _, one in self._declared.get(name, ()) if one.is_interface_object)

    def missing(self, text: str, type_name: str, own: _Guard) -> Iterator[str]:
        """What a field set needs that `own` does not cover."""
        try:
            items = parse_field_set(text)
        except SupergraphError:
            return
        yield from self._missing(items, type_name, own)

    def _missing(self, items: Items, type_name: str, own: _Guard) -> Iterator[str]:
        for item in items:
            if isinstance(item, Fragment):
                if not own.covers(self.of(item.on)):
                    yield item.on
                yield from self._missing(item.children, item.on, own)
            elif item.name != TYPENAME:
                yield from self._missing_field(item, type_name, own)

    def _missing_field(self, item: Field, type_name: str, own: _Guard) -> Iterator[str]:
        below = next(
            (
                base_name(one.fields[item.name].type)
                for _, one in self._declared.get(type_name, ())
                if item.name in one.fields
            ),
            None,
        )
        guarded = self.of(type_name, item.name)
        if not own.covers(guarded) or (below and not own.covers(self.of(below))):
            yield f"{type_name}.{item.name}"
        if below:
            yield from self._missing(item.children, below, own)


def _guard(element: Element) -> _Guard:
    scopes = [
        _alternatives(arguments.get("scopes")) for arguments in element.applied("requiresScopes")
    ]
    policies = [_alternatives(arguments.get("policies")) for arguments in element.applied("policy")]
    return _Guard(
        element.has("authenticated"),
        scopes[0] if scopes else _ANYONE,
        policies[0] if policies else _ANYONE,
    )


def _alternatives(value: Json) -> _Alternatives:
    """`[["a", "b"], ["c"]]`: a and b, or c. Nothing to choose from asks for nothing."""
    listed = value if isinstance(value, list) else [value]
    made: set[frozenset[str]] = {
        frozenset(one if isinstance(one, list) else (one,)) for one in listed
    }
    return frozenset(made) or _ANYONE

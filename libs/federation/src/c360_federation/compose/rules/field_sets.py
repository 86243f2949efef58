"""`@key`, `@requires` and `@provides`: what their field sets may select."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    TypeNode,
    ValueNode,
)

from c360_federation.compose.literals import fits
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, InputDef, Subgraph, TypeDef
from c360_federation.errors import SupergraphError
from c360_federation.selection import TYPENAME
from c360_federation.supergraph.field_sets import read_selection
from c360_federation.supergraph.type_names import base_name

_COMPOSITE = frozenset(("object", "interface", "union"))
_INTERFACE_KEYS_SINCE = 3


def field_set_text(node: DirectiveNode, *, is_federation_1: bool) -> str | None:
    """The text of a field set; None when it is none. Federation 1 took lists and bare names."""
    value = next((one.value for one in node.arguments or () if one.name.value == "fields"), None)
    if isinstance(value, StringValueNode):
        return value.value
    if is_federation_1 and isinstance(value, EnumValueNode):
        return value.value
    if is_federation_1 and isinstance(value, ListValueNode):
        parts = [one.value for one in value.values if isinstance(one, StringValueNode)]
        return " ".join(parts) if len(parts) == len(value.values) else None
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field set stands: which directive, on what, selecting from which type."""

    directive: str
    where: str
    root: str
    on_interface: bool = False

    @property
    def kind(self) -> str:
        """How its codes begin."""
        return self.directive.upper()


def field_sets(subgraph: Subgraph) -> Iterator[tuple[Place, DirectiveNode]]:
    """Every field set of a subgraph."""
    for owner in subgraph.types.values():
        is_interface = owner.kind == "interface"
        for node in owner.directives:
            if node.name.value == "key":
                yield Place("key", owner.name, owner.name, is_interface), node
        for field in owner.fields.values():
            coordinate = f"{owner.name}.{field.name}"
            for node in field.directives:
                if node.name.value == "requires":
                    yield Place("requires", coordinate, owner.name, is_interface), node
                elif node.name.value == "provides":
                    yield Place("provides", coordinate, base_name(field.type), is_interface), node


def check_field_sets(subgraph: Subgraph, problems: ProblemList) -> None:
    """Note every field set that selects what it may not."""
    for place, node in field_sets(subgraph):
        check = _Check(subgraph, place, problems)
        if place.directive == "provides" and not check.is_composite(place.root):
            message = f"its type {place.root} has no fields. Remove the directive"
            check.problem("PROVIDES_ON_NON_OBJECT_FIELD", message)
            continue
        check.interface()
        text = field_set_text(node, is_federation_1=subgraph.is_federation_1)
        if text is None:
            check.problem(f"{place.kind}_INVALID_FIELDS_TYPE", "its fields are no string")
            continue
        try:
            selection = read_selection(text)
        except SupergraphError as error:
            check.invalid(f"{error.args[0].partition(': ')[2]}. Correct the field set")
            continue
        check.selection(selection, place.root, is_foreign=False)


class _Check:
    def __init__(self, subgraph: Subgraph, place: Place, problems: ProblemList) -> None:
        self._subgraph = subgraph
        self._place = place
        self._problems = problems

    def interface(self) -> None:
        """Where field sets may not stand on interfaces."""
        if not self._place.on_interface:
            return
        is_key = self._place.directive == "key"
        if not is_key or self._subgraph.minor < _INTERFACE_KEYS_SINCE:
            message = "it stands on an interface"
            message += ". Link federation v2.3 or newer" if is_key else ". Put it on the types"
            self.problem(f"{self._place.kind}_UNSUPPORTED_ON_INTERFACE", message)

    def selection(self, node: SelectionSetNode, type_name: str, *, is_foreign: bool) -> None:
        """One level of the field set."""
        for one in node.selections:
            if one.directives:
                code = f"{self._place.kind}_DIRECTIVE_IN_FIELDS_ARG"
                self.problem(code, "it applies directives. Leave them out")
            if isinstance(one, FieldNode):
                self._field(one, type_name, is_foreign=is_foreign)
            else:
                self._fragment(one, type_name, is_foreign=is_foreign)

    def _fragment(self, node: SelectionNode, type_name: str, *, is_foreign: bool) -> None:
        if isinstance(node, FragmentSpreadNode):
            self.invalid("it uses a named fragment. Write it out")
            return
        assert isinstance(node, InlineFragmentNode)
        name = node.type_condition.name.value if node.type_condition else type_name
        if not self.is_composite(name):
            self.invalid(f"{name} has no fields. Correct the type condition")
            return
        if not self._possible(name) & self._possible(type_name):
            message = f"no {type_name} is ever a {name}. Correct the type condition"
            self.problem("SATISFIABILITY_ERROR", message)
        self.selection(node.selection_set, name, is_foreign=is_foreign)

    def _possible(self, name: str) -> set[str]:
        found = self._subgraph.types[name]
        if found.kind == "union":
            return set(found.members)
        if found.kind == "interface":
            types = self._subgraph.types.values()
            return {one.name for one in types if one.kind == "object" and name in one.interfaces}
        return {name}

    def _field(self, node: FieldNode, type_name: str, *, is_foreign: bool) -> None:
        name = node.name.value
        if node.alias is not None:
            self.invalid(f"it gives {name} another name. Leave the alias out")
        if name == TYPENAME:
            return
        owner = self._subgraph.types.get(type_name)
        field = owner.fields.get(name) if owner else None
        if owner is None or field is None:
            message = f"it selects {type_name}.{name}, which the subgraph does not define"
            self.invalid(f"{message}. Define it there, with @external if it is foreign")
            return
        coordinate = f"{type_name}.{name}"
        self._shape(node, field, coordinate)
        self._arguments(node, field.arguments, coordinate)
        if node.selection_set is None:
            self._leaf(field, coordinate, is_foreign=is_foreign)
        elif self.is_composite(base_name(field.type)):
            is_below = is_foreign or field.external or self._may_be_foreign(owner, name)
            self.selection(node.selection_set, base_name(field.type), is_foreign=is_below)

    def _shape(self, node: FieldNode, field: FieldDef, coordinate: str) -> None:
        below = base_name(field.type)
        if self.is_composite(below) != bool(node.selection_set):
            is_leaf = not self.is_composite(below)
            remedy = "Select nothing below it" if is_leaf else "Select fields of it"
            self.invalid(f"{coordinate} is a {below}. {remedy}")
        if self._place.directive == "key" and self._kind(below) in ("interface", "union"):
            message = f"{coordinate} is an interface or union. Choose a field that identifies"
            self.problem("KEY_FIELDS_SELECT_INVALID_TYPE", message)
        if self._place.directive != "requires" and field.arguments:
            message = f"{coordinate} takes arguments. Choose plain fields"
            self.problem(f"{self._place.kind}_FIELDS_HAS_ARGS", message)

    def _leaf(self, field: FieldDef, coordinate: str, *, is_foreign: bool) -> None:
        may_be_own = self._place.directive == "key" or self._subgraph.is_federation_1
        if not (may_be_own or is_foreign or field.external):
            message = f"{coordinate} is not @external. Mark it so, or drop it from the field set"
            self.problem(f"{self._place.kind}_FIELDS_MISSING_EXTERNAL", message)

    def _may_be_foreign(self, owner: TypeDef, name: str) -> bool:
        """An interface leaves it to its types what is foreign."""
        if owner.kind != "interface":
            return False
        types = (self._subgraph.types[one] for one in self._possible(owner.name))
        return any(name in one.fields and one.fields[name].external for one in types)

    def _arguments(self, node: FieldNode, known: Mapping[str, InputDef], coordinate: str) -> None:
        for message in wrong_arguments(node, known, self._subgraph):
            self.invalid(f"{coordinate}: {message}")

    def is_composite(self, name: str) -> bool:
        """Whether a type has something to select."""
        return self._kind(name) in _COMPOSITE

    def _kind(self, name: str) -> str | None:
        found = self._subgraph.types.get(name)
        return None if found is None else found.kind

    def invalid(self, message: str) -> None:
        """What makes it no field set of its type."""
        self.problem(f"{self._place.kind}_INVALID_FIELDS", message)

    def problem(self, code: str, text: str) -> None:
        """What is wrong, with a remedy."""
        name = self._subgraph.name
        place = self._place
        message = f"@{place.directive} on {place.where} in subgraph {name!r} is not valid: {text}."
        self._problems.add(code, message, (name,), place.where)


def wrong_arguments(
    node: FieldNode, known: Mapping[str, InputDef], subgraph: Subgraph
) -> Iterator[str]:
    """What is wrong with the arguments that a field set gives to a field."""
    given = {one.name.value: one.value for one in node.arguments or ()}
    for name, value in given.items():
        if name not in known:
            yield f"it has no argument {name!r}"
        elif not _suits(value, known[name].type, subgraph):
            yield f"its argument {name!r} gets a value of another type"
    for name, one in known.items():
        if name not in given and one.is_required:
            yield f"its argument {name!r} is required"


def _suits(value: ValueNode, kind: TypeNode, subgraph: Subgraph) -> bool:
    """As far as enums and input objects are left alone, which the merged schema settles."""
    if isinstance(kind, NonNullTypeNode):
        return fits(value, kind, {}) and _suits(value, kind.type, subgraph)
    if isinstance(kind, ListTypeNode) or not isinstance(kind, NamedTypeNode):
        return fits(value, kind, {})
    found = subgraph.types.get(kind.name.value)
    if found is not None and found.kind == "enum":
        return isinstance(value, EnumValueNode) and value.value in found.values
    return fits(value, kind, {})

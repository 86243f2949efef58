"""Syntax tree in, selection items out: fragments inlined, conditions settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    print_ast,
)

from c360_federation.operation.limits import beyond
from c360_federation.operation.literals import literal_uses, literal_variables
from c360_federation.operation.parsing import ParsedOperation
from c360_federation.selection import Argument, Field, Fragment, Item, Items
from c360_federation.values import JsonObject

_OURS = frozenset(("skip", "include", "defer"))


def inline(
    schema: GraphQLSchema, operation: ParsedOperation, values: JsonObject, max_selections: int
) -> Items:
    """The selection of an operation for given values of its condition variables.

    Items are left as often and in the order in which they are written: the answer's key order
    depends on it.
    """
    run = Inliner(schema, operation.fragments, values, max_selections)
    root = schema.get_root_type(operation.node.operation)
    assert root is not None
    return run.items(operation.node.selection_set.selections, root.name)


class Inliner:
    """Inlines the selections of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        values: JsonObject,
        max_selections: int,
    ) -> None:
        self._most = max_selections
        self._left = max_selections
        self._schema = schema
        self._fragments = fragments
        self._values = values

    def items(self, nodes: Sequence[SelectionNode], parent: str) -> Items:
        """The items of a selection on `parent`."""
        # The same item again adds nothing; fragments are often spread twice.
        return tuple(dict.fromkeys(made for node in nodes for made in self._item(node, parent)))

    def _item(self, node: SelectionNode, parent: str) -> Iterator[Item]:
        if not self._is_wanted(node.directives or ()):
            return
        self._left -= 1
        if self._left < 0:
            # A few fragments that spread each other twice grow without bound.
            raise beyond("selections", self._most)
        if isinstance(node, FieldNode):
            yield self._field(node, parent)
        elif isinstance(node, FragmentSpreadNode):
            fragment = self._fragments[node.name.value]
            yield from self._fragment(
                fragment.type_condition.name.value, fragment.selection_set.selections, parent
            )
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            on = condition.name.value if condition else parent
            yield from self._fragment(on, node.selection_set.selections, parent)

    def _fragment(self, on: str, nodes: Sequence[SelectionNode], parent: str) -> Iterator[Item]:
        children = self.items(nodes, on)
        if on == parent:
            yield from children
        elif children:
            yield Fragment(on, children)

    def _field(self, node: FieldNode, parent: str) -> Field:
        name = node.name.value
        field = self._declared(name, parent)
        key = node.alias.value if node.alias else name
        if field is None:
            return Field(key, name)
        named = get_named_type(field.type)
        children: Items = ()
        if is_composite_type(named) and node.selection_set:
            children = self.items(node.selection_set.selections, named.name)
        arguments = (
            *(self._argument(field, one) for one in node.arguments or ()),
            *(_passed_on(one) for one in node.directives or () if one.name.value not in _OURS),
        )
        return Field(key, name, arguments, children)

    def _declared(self, name: str, parent: str) -> GraphQLField | None:
        """The field's declaration; None for `__typename`, which every type has."""
        if name == "__typename":
            return None
        kind = self._schema.type_map[parent]
        if name.startswith("__"):
            return self._schema.get_field(kind, name)  # type: ignore[arg-type]
        assert not isinstance(kind, GraphQLUnionType)
        return kind.fields[name]  # type: ignore[union-attr]

    def _argument(self, field: GraphQLField, node: ArgumentNode) -> Argument:
        kind = field.args[node.name.value].type
        return Argument(
            name=node.name.value,
            value=print_ast(node.value),
            variables=tuple(sorted(set(literal_variables(node.value)))),
            uses=tuple(sorted(set(literal_uses(node.value, kind)))),
        )

    def _is_wanted(self, directives: Sequence[DirectiveNode]) -> bool:
        for directive in directives:
            if directive.name.value == "skip" and self._holds(directive):
                return False
            if directive.name.value == "include" and not self._holds(directive):
                return False
        return True

    def _holds(self, directive: DirectiveNode) -> bool:
        value = next(iter(directive.arguments or ())).value
        if isinstance(value, VariableNode):
            return bool(self._values.get(value.name.value))
        return isinstance(value, BooleanValueNode) and value.value


def _passed_on(node: DirectiveNode) -> Argument:
    """A directive of the caller's on a field: for the subgraph that answers the field."""
    arguments_text = ", ".join(print_ast(one) for one in node.arguments or ())
    variables = {name for one in node.arguments or () for name in literal_variables(one.value)}
    value = f"({arguments_text})" if arguments_text else ""
    return Argument(f"@{node.name.value}", value, tuple(sorted(variables)))

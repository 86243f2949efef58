"""What an operation costs at most, by the GraphQL Cost Directives specification (IBM).

*Type cost* counts the objects and leaves that an answer may hold, each by the weight of its type;
*field cost* counts the calls that produce them, each by the weight of its field and arguments.
Estimated before validation, so what the schema does not know costs nothing here. Conditions are
taken to hold, and a field that is selected twice is counted twice: never too low.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    Undefined,
    ValueNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    value_from_ast_untyped,
)

from c360_federation.errors import VALIDATION_FAILED, RequestRefused, entry
from c360_federation.operation.limits import Fragments, Limits, beyond
from c360_federation.operation.literals import literal_variables
from c360_federation.operation.variables import Kind
from c360_federation.supergraph.costs import ListSize
from c360_federation.supergraph.model import Supergraph
from c360_federation.values import Json, JsonObject

Sizes: TypeAlias = tuple[tuple[str, int], ...]
"""Lengths that a field above gave to the lists right below it."""


class Cost(NamedTuple):
    """An upper bound for one answer."""

    types: float = 0.0
    fields: float = 0.0

    def beside(self, other: Cost) -> Cost:
        """Both."""
        return Cost(self.types + other.types, self.fields + other.fields)

    def times(self, count: int) -> Cost:
        """So often."""
        return Cost(self.types * count, self.fields * count)

    def or_dearer(self, other: Cost) -> Cost:
        """Whichever turns up, in each respect."""
        return Cost(max(self.types, other.types), max(self.fields, other.fields))


class Estimate(NamedTuple):
    """A cost, and the variables whose values it depends on."""

    cost: Cost
    depends_on: frozenset[str]


def estimate(
    supergraph: Supergraph,
    limits: Limits,
    operation: OperationDefinitionNode,
    fragments: Fragments,
    variables: Mapping[str, Json],
) -> Estimate:
    """Work out what an operation costs; raises RequestRefused when a list has no bound."""
    run = _Estimator(supergraph, limits, fragments, _values(operation, variables))
    root = supergraph.roots.get(operation.operation.value)
    if root is None:
        return Estimate(Cost(), frozenset())
    return Estimate(
        run.object(operation.selection_set.selections, root, ()), frozenset(run.variables)
    )


def check_cost(found: Cost, limits: Limits) -> None:
    """Refuse what is too dear."""
    if found.types > limits.type_cost:
        raise beyond("type_cost", limits.type_cost)
    if found.fields > limits.field_cost:
        raise beyond("field_cost", limits.field_cost)


def _values(operation: OperationDefinitionNode, given: Mapping[str, Json]) -> JsonObject:
    values: JsonObject = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }
    return {**values, **given}


class _Estimator:
    def __init__(
        self, supergraph: Supergraph, limits: Limits, fragments: Fragments, values: JsonObject
    ) -> None:
        self._supergraph = supergraph
        self._schema: GraphQLSchema = supergraph.schema
        self._costs = supergraph.costs
        self._limits = limits
        self._fragments = fragments
        self._values = values
        self._known: dict[tuple[int, str, Sizes], Cost] = {}
        self.variables: set[str] = set()

    def object(self, nodes: Sequence[SelectionNode], owner: str, sizes: Sizes) -> Cost:
        """One object of a concrete type, with what is selected on it."""
        own = Cost(types=self._costs.weights.get(owner, 1.0))
        return own.beside(self._selection(nodes, owner, sizes))

    def _selection(self, nodes: Sequence[SelectionNode], owner: str, sizes: Sizes) -> Cost:
        slot = (id(nodes), owner, sizes)
        known = self._known.get(slot)
        if known is None:
            # A cycle of fragments is for validation to refuse: here it only has to end.
            self._known[slot] = known = Cost()
            for node in nodes:
                known = known.beside(self._item(node, owner, sizes))
            self._known[slot] = known
        return known

    def _item(self, node: SelectionNode, owner: str, sizes: Sizes) -> Cost:
        if isinstance(node, FieldNode):
            return self._field(node, owner, sizes)
        fragment: FragmentDefinitionNode | InlineFragmentNode | None = None
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments.get(node.name.value)
        elif isinstance(node, InlineFragmentNode):
            fragment = node
        if fragment is None or not self._applies(fragment.type_condition, owner):
            return Cost()
        return self._selection(fragment.selection_set.selections, owner, sizes)

    def _applies(self, condition: NamedTypeNode | None, owner: str) -> bool:
        return condition is None or owner in self._supergraph.possible(condition.name.value)

    def _field(self, node: FieldNode, owner: str, sizes: Sizes) -> Cost:
        name = node.name.value
        field: GraphQLField | None = getattr(self._schema.type_map.get(owner), "fields", {}).get(
            name
        )
        if field is None:
            return Cost()
        coordinate = f"{owner}.{name}"
        named = get_named_type(field.type)
        is_composite = is_composite_type(named)
        weight = self._costs.weights.get(coordinate, 1.0 if is_composite else 0.0)
        own = weight + sum(self._argument_weights(coordinate, field, node))
        count, below = self._sizes(coordinate, field, node, dict(sizes))
        each = self._value(node, named.name, is_composite, below)
        return each.times(count).beside(Cost(fields=max(0.0, own)))

    def _value(self, node: FieldNode, named: str, is_composite: bool, sizes: Sizes) -> Cost:
        if not is_composite:
            return Cost(types=self._costs.weights.get(named, 0.0))
        nodes = node.selection_set.selections if node.selection_set else ()
        if not is_abstract_type(self._schema.type_map[named]):
            return self.object(nodes, named, sizes)
        dearest = Cost()
        for one in self._supergraph.possible(named):
            dearest = dearest.or_dearer(self.object(nodes, one, sizes))
        return dearest

    # lengths of lists

    def _sizes(
        self, coordinate: str, field: GraphQLField, node: FieldNode, sizes: Mapping[str, int]
    ) -> tuple[int, Sizes]:
        """How many values the field gives, and the lengths it tells for lists right below it."""
        list_size = self._costs.sizes.get(coordinate)
        is_list = _is_list(field.type)
        size = None if list_size is None else self._length(list_size, coordinate, field, node)
        if list_size is not None and list_size.sized_fields:
            length = self._limits.assumed_list_size if size is None else size
            below: Sizes = tuple((name, length) for name in list_size.sized_fields)
            return (self._limits.assumed_list_size if is_list else 1), below
        if not is_list:
            return 1, ()
        from_above = sizes.get(node.name.value)
        known = size if from_above is None else from_above
        return (self._limits.assumed_list_size if known is None else known), ()

    def _length(
        self, list_size: ListSize, coordinate: str, field: GraphQLField, node: FieldNode
    ) -> int | None:
        given = [size for one in list_size.slicing if (size := self._slice(one, node)) is not None]
        if list_size.slicing and list_size.needs_one_slicing and len(given) > 1:
            raise _unbounded(coordinate, list_size)
        given = given or [
            size for one in list_size.slicing if (size := _default(one, field)) is not None
        ]
        if given:
            return max(0, *given)
        if list_size.slicing and list_size.needs_one_slicing and list_size.assumed is None:
            raise _unbounded(coordinate, list_size)
        return list_size.assumed

    def _slice(self, path: str, node: FieldNode) -> int | None:
        """The value of a slicing argument, which may be a field of an input object (`in.first`)."""
        name, *steps = path.split(".")
        for one in node.arguments or ():
            if one.name.value == name:
                value = self._read(one.value)
                for step in steps:
                    value = value.get(step) if isinstance(value, dict) else None
                return value if isinstance(value, int) else None
        return None

    # arguments

    def _argument_weights(
        self, coordinate: str, field: GraphQLField, node: FieldNode
    ) -> Iterator[float]:
        weights = self._costs.weights
        for one in node.arguments or ():
            declared = field.args.get(one.name.value)
            if declared is None:
                continue
            weight = weights.get(f"{coordinate}({one.name.value}:)", 0.0)
            yield weight
            if self._has_weights(declared.type):
                yield from self._input_weights(declared.type, self._read(one.value))

    def _has_weights(self, kind: Kind) -> bool:
        return bool(self._costs.weights) and isinstance(
            get_named_type(kind), GraphQLInputObjectType
        )

    def _input_weights(self, kind: Kind, value: Json) -> Iterator[float]:
        named = get_named_type(kind)
        if isinstance(value, list):
            for one in value:
                yield from self._input_weights(named, one)
        elif isinstance(value, dict) and isinstance(named, GraphQLInputObjectType):
            for name, one in value.items():
                if name in named.fields:
                    yield self._costs.weights.get(f"{named.name}.{name}", 0.0)
                    yield from self._input_weights(named.fields[name].type, one)

    def _read(self, node: ValueNode) -> Json:
        self.variables.update(literal_variables(node))
        value = value_from_ast_untyped(node, self._values)
        return None if value is Undefined else value


def _is_list(kind: Kind) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList)


def _default(path: str, field: GraphQLField) -> int | None:
    declared = field.args.get(path)
    default = None if declared is None else declared.default
    if default is None:
        return None
    value = default.value if default.literal is None else value_from_ast_untyped(default.literal)
    return value if isinstance(value, int) else None


def _unbounded(coordinate: str, list_size: ListSize) -> RequestRefused:
    message = f"{coordinate} needs exactly one of {', '.join(list_size.slicing)}"
    return RequestRefused([entry(VALIDATION_FAILED, message, coordinate=coordinate)])

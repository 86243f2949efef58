"""Query text in, validated operation out; messages never repeat what a literal says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    SKIP,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLSyntaxError,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableNode,
    Visitor,
    VisitorAction,
    get_named_type,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)

from c360_federation.errors import (
    OPERATION_NOT_FOUND,
    PARSE_FAILED,
    VALIDATION_FAILED,
    ErrorEntry,
    RequestRefused,
    entry,
)
from c360_federation.operation.amounts import Inputs, inputs_of
from c360_federation.operation.limits import Limits, beyond, check_size, fragments_of
from c360_federation.operation.overlapping import TooManyOverlaps, find_overlapping
from c360_federation.operation.repeats import without_repeats
from c360_federation.operation.variables import Kind, VariableReader, variable_readers
from c360_federation.supergraph.entrusted import entrusted

_SETTLED_EARLY = frozenset(("skip", "include", "defer"))
_VISITS = 10
"""How often each selection may be looked at to find overlapping fields; twice is usual."""


@dataclass(frozen=True, slots=True)
class ReadOperation:
    """An operation that was read and is not too big, but may still be invalid."""

    node: OperationDefinitionNode
    text: str = field(repr=False)
    document: DocumentNode
    fragments: dict[str, FragmentDefinitionNode]
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class ParsedOperation:
    """A valid operation, with everything that does not depend on variable values."""

    kind: str
    name: str | None
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    readers: tuple[VariableReader, ...]
    declarations: dict[str, str]
    condition_variables: tuple[str, ...]
    cost_variables: frozenset[str]
    defers: bool
    read: ReadOperation = field(repr=False)


def read_operation(query: str, operation_name: str | None, limits: Limits) -> ReadOperation:
    """Parse and measure; raises RequestRefused with one error."""
    if len(query) > limits.characters:
        raise beyond("characters", limits.characters)
    document = _parse(query, limits.tokens)
    check_size(document, limits)
    document = without_repeats(document, limits.repeats)
    node, fragments = _chosen(document, operation_name), fragments_of(document)
    return ReadOperation(node, query, document, fragments, inputs_of(node, fragments))


def validate_operation(
    schema: GraphQLSchema, read: ReadOperation, cost_variables: frozenset[str], limits: Limits
) -> ParsedOperation:
    """Validate; raises RequestRefused with the first problem found.

    Telling them all would let one small request have many answers.
    """
    node, document = read.node, read.document
    problems = validate(schema, document, _RULES, max_errors=1)
    if problems:
        first = problems[0]
        raise RequestRefused([_located(VALIDATION_FAILED, first.message, first)])
    _refuse_overlapping(schema, read, limits)
    return ParsedOperation(
        kind=node.operation.value,
        name=node.name.value if node.name else None,
        node=node,
        fragments=read.fragments,
        readers=variable_readers(schema, node),
        declarations={
            one.variable.name.value: print_ast(one) for one in node.variable_definitions or ()
        },
        condition_variables=tuple(sorted(set(_condition_variables(document)))),
        cost_variables=cost_variables,
        defers="@defer" in read.text,
        read=read,
    )


def _refuse_overlapping(schema: GraphQLSchema, read: ReadOperation, limits: Limits) -> None:
    """Ask of every operation of the document whether its fields can be merged."""
    nodes = [one for one in read.document.definitions if isinstance(one, OperationDefinitionNode)]
    roots = [
        (one.selection_set.selections, root.name)
        for one in nodes
        if (root := schema.get_root_type(one.operation)) is not None
    ]
    try:
        found, _ = find_overlapping(schema, read.fragments, roots, _VISITS * limits.selections)
    except TooManyOverlaps:
        raise beyond("selections", limits.selections) from None
    if found is not None:
        error = GraphQLError(found.message, list(found.nodes))
        raise RequestRefused([_located(VALIDATION_FAILED, error.message, error)])


def _parse(query: str, max_tokens: int) -> DocumentNode:
    try:
        return _freed_at_once(parse(query, max_tokens=max_tokens))
    except GraphQLSyntaxError as error:
        if " tokens" in error.message:
            raise beyond("tokens", max_tokens) from None
        # The parser quotes the text it stumbled over, which may be a value.
        message = "Syntax error: unexpected text"
        raise RequestRefused([_located(PARSE_FAILED, message, error)]) from None


def _freed_at_once(document: DocumentNode) -> DocumentNode:
    """Without the way back from token to token: what refers in circles waits for a collection."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        token.prev, token = None, token.next
    return document


def _located(code: str, message: str, error: GraphQLError) -> ErrorEntry:
    made = entry(code, message)
    if error.locations:
        made["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return made


def _chosen(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    nodes = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if operation_name is not None:
        nodes = [one for one in nodes if one.name and one.name.value == operation_name]
    if not nodes:
        raise RequestRefused([entry(OPERATION_NOT_FOUND, "The document has no such operation")])
    if len(nodes) > 1:
        message = "The document has several operations: operationName must choose one"
        raise RequestRefused([entry(OPERATION_NOT_FOUND, message)])
    return nodes[0]


def _condition_variables(document: DocumentNode) -> Iterator[str]:
    finder = _Conditions()
    visit(document, finder)
    # It remembers methods of its own, which would keep it.
    finder.enter_leave_map.clear()
    yield from finder.found


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in _SETTLED_EARLY:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.found.append(argument.value.name.value)


class _ValuesOfCorrectType(ValuesOfCorrectTypeRule):
    """The standard rule, saying what was expected instead of what was found.

    Of what is entrusted to a subgraph only lists are looked at, for nulls where none may be.
    """

    def is_valid_value_node(self, node: ValueNode, input_type: Kind | None) -> VisitorAction:
        if input_type is None or entrusted(get_named_type(input_type)) is None:
            return super().is_valid_value_node(node, input_type)
        if not _has_its_values(node, input_type):
            self.report_error(GraphQLError("", [node]))
        return SKIP

    def report_error(self, error: GraphQLError) -> None:
        expected = self.context.get_input_type() or self.context.get_parent_input_type()
        node = error.nodes[0] if error.nodes else None
        if isinstance(node, ObjectFieldNode):
            message = f'Field "{node.name.value}" is not defined by type "{expected}"'
            super().report_error(GraphQLError(message, error.nodes))
            return
        argument = self.context.get_argument()
        where = "A value" if argument is None else "A value of this argument"
        message = f"{where} does not fit its type" + (f' "{expected}"' if expected else "")
        super().report_error(GraphQLError(message, error.nodes))


def _has_its_values(node: ValueNode, kind: Kind) -> bool:
    if isinstance(kind, GraphQLNonNull):
        return not isinstance(node, NullValueNode) and _has_its_values(node, kind.of_type)
    if isinstance(kind, GraphQLList) and isinstance(node, ListValueNode):
        return all(_has_its_values(one, kind.of_type) for one in node.values)
    return True


class _ReservedResponseKeys(ASTValidationRule):
    """`__typename` must mean the type's name: type conditions are decided by it."""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.alias is not None and node.alias.value.startswith("__"):
            message = "A response key may not begin with two underscores"
            self.report_error(GraphQLError(message, node))


# The standard rule on overlapping fields compares them in pairs; ours is asked afterwards.
_REPLACED = (ValuesOfCorrectTypeRule, OverlappingFieldsCanBeMergedRule)
_RULES = (
    *(rule for rule in specified_rules if rule not in _REPLACED),
    _ValuesOfCorrectType,
    _ReservedResponseKeys,
)

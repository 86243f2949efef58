"""What is compiled: everything that our gateway asks of a subgraph, and little else.

Left to graphql-core: subscriptions, introspection, directives other than `@skip`
and `@include` (so `@defer` and `@stream`), and variables of fragments.
"""

from __future__ import annotations

from graphql import (
    BREAK,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)

from c360_subgraph.collect import INCLUDE, SKIP, condition_of


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation to run, None if that is not clear or it is a subscription."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is not None:
        operations = [one for one in operations if one.name and one.name.value == name]
    if len(operations) != 1 or operations[0].operation is OperationType.SUBSCRIPTION:
        return None
    return operations[0]


def conditions_of(document: DocumentNode) -> frozenset[str] | None:
    """The variables of `@skip` and `@include`; None if the document holds what is not compiled."""
    survey = _Survey()
    visit(document, survey)
    # It remembers methods of its own, which would keep it.
    survey.enter_leave_map.clear()
    return frozenset(survey.conditions) if survey.is_supported else None


class _Survey(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.is_supported = True
        self.conditions: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> object:
        name = node.name.value
        return self._refuse() if name.startswith("__") and name != "__typename" else None

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> object:
        return self._refuse() if node.variable_definitions else None

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        if node.name.value not in (SKIP, INCLUDE):
            return self._refuse()
        value = condition_of(node)
        if isinstance(value, VariableNode):
            self.conditions.add(value.name.value)
        return None

    def _refuse(self) -> object:
        self.is_supported = False
        return BREAK

"""The second pass: repeat the cheapest choices and write the requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from c360_federation.errors import FederationError
from c360_federation.plan.drafts import FieldDraft, GroupDraft, SelectionDraft
from c360_federation.plan.inputs import inputs_clash, joined_inputs, read_inputs
from c360_federation.plan.model import Inputs, Path
from c360_federation.plan.options import (
    HOP,
    Chains,
    Choice,
    Hop,
    Option,
    PerType,
    PlannerState,
)
from c360_federation.plan.response_keys import Place, ResponseKeys
from c360_federation.plan.search import Search, state_below
from c360_federation.selection import TYPENAME, Field, Fragment, Item, Items, merge_items
from c360_federation.supergraph.model import GraphField, Supergraph


class PlanInfeasible(FederationError):
    """No combination of subgraphs can answer this coordinate."""

    def __init__(self, coordinate: str) -> None:
        super().__init__(f"Cannot resolve {coordinate}: no subgraph can be asked for it from here")
        self.coordinate = coordinate


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next field is written."""

    group: GroupDraft
    selection: SelectionDraft
    at: PlannerState
    path: Path
    sent: Place
    candidates: frozenset[str]
    internal: bool = False

    @property
    def place(self) -> Place:
        """The path without type conditions: the place in the answer."""
        return tuple(step for step in self.path if isinstance(step, str))


class Placement:
    """Writes the requests of one operation."""

    def __init__(self, supergraph: Supergraph, search: Search, items: Items) -> None:
        self._supergraph = supergraph
        self._search = search
        self._keys = ResponseKeys(items)
        self.groups: list[GroupDraft] = []

    def open_group(
        self, graph: str, operation: str, type_name: str, depends_on: Iterable[GroupDraft] = ()
    ) -> Cursor:
        """Start a root request; the cursor stands at its root."""
        group = GroupDraft(len(self.groups), graph, operation, SelectionDraft(), set(depends_on))
        self.groups.append(group)
        at = PlannerState(graph, type_name)
        return Cursor(group, group.selection, at, (), (), frozenset((graph,)))

    def place(self, items: Items, cursor: Cursor) -> set[GroupDraft]:
        """Write a selection; the groups returned are those that deliver it."""
        touched = {cursor.group}
        for item in sorted(items, key=lambda item: self._urgency(item, cursor)):
            touched |= self.place_item(item, cursor)
        return touched

    def _urgency(self, item: Item, cursor: Cursor) -> tuple[bool, int]:
        """Local items first, then those with the fewest ways: others may join their calls."""
        options = self._search.options(item, cursor.at)
        cheapest = min((option.cost for option in options), default=0)
        return (cheapest >= HOP, len(options) if cheapest >= HOP else 0)

    def place_item(self, item: Item, cursor: Cursor) -> set[GroupDraft]:
        """Write one item by its cheapest choice."""
        choice = self._choose(item, cursor)
        if isinstance(choice, PerType):
            return self._place_per_type(item, choice, cursor)
        if isinstance(choice, Hop):
            return self._place_hop(item, choice, cursor)
        if isinstance(choice, Chains):
            return self._place_chains(choice, cursor)
        return self._place_local(item, cursor)

    def _choose(self, item: Item, cursor: Cursor) -> Choice:
        options = self._search.options(item, cursor.at)
        if not options:
            name = item.name if isinstance(item, Field) else f"... on {item.on}"
            raise PlanInfeasible(f"{cursor.at.type}.{name}")
        return min(options, key=lambda option: self._cost_now(option, cursor)).choice

    def _cost_now(self, option: Option, cursor: Cursor) -> int:
        choice = option.choice
        if isinstance(choice, Hop) and any(True for _ in self._joinable(choice, cursor)):
            return option.cost - HOP + 1
        return option.cost

    # local items

    def _place_local(self, item: Item, cursor: Cursor) -> set[GroupDraft]:
        if isinstance(item, Fragment):
            return self.place(item.children, cursor)
        if item.name == TYPENAME:
            cursor.selection.wants_typename = True
            return {cursor.group}
        field = self._supergraph.field_in(cursor.at.graph, cursor.at.type, item.name)
        assert field is not None
        return self._write(item, field, cursor)

    def _write(self, item: Field, field: GraphField, cursor: Cursor) -> set[GroupDraft]:
        key = self._keys.internal(item, cursor.place) if cursor.internal else item.key
        draft = cursor.selection.find(key, item.name, item.arguments)
        if draft is None:
            draft = self._new_field(item, key, field, cursor)
            draft.is_internal = cursor.internal
        draft.is_internal = draft.is_internal and cursor.internal
        if draft.child is None:
            return {cursor.group}
        below = replace(
            cursor,
            selection=draft.child,
            at=state_below(item, cursor.at, field),
            path=(*cursor.path, key),
            sent=(*cursor.sent, draft.sent),
            candidates=self._candidates(item, cursor),
        )
        return self.place(item.children, below)

    def _new_field(self, item: Field, key: str, field: GraphField, cursor: Cursor) -> FieldDraft:
        child = None
        if field.named_type in self._supergraph.facts:
            child = self._new_selection(cursor.at.graph, field.named_type)
            if self._is_abstract_elsewhere(item, cursor) and not child.is_interface_object:
                child.wants_typename = True
        sent = self._sent_key(key, field, cursor)
        draft = FieldDraft(key, sent, item.name, item.arguments, child)
        cursor.selection.fields[sent] = draft
        return draft

    def _is_abstract_elsewhere(self, item: Field, cursor: Cursor) -> bool:
        """Whether callers see an abstract type, so that an object has to say what it is."""
        facts = self._supergraph.facts
        below = facts.get(facts[cursor.at.type].fields.get(item.name, ""))
        return below is not None and below.is_abstract

    def _new_selection(self, graph: str, type_name: str) -> SelectionDraft:
        declared = self._supergraph.type_in(graph, type_name)
        if declared is None:
            return SelectionDraft()
        return SelectionDraft(declared.is_interface_object, declared.is_abstract)

    def _sent_key(self, key: str, field: GraphField, cursor: Cursor) -> str:
        """The response key to send: an alias when this request has it in another shape."""
        shapes = cursor.group.shapes
        sent = key
        if shapes.get((cursor.sent, key), field.shape) != field.shape:
            sent = self._keys.fresh(key, cursor.place)
        shapes[cursor.sent, sent] = field.shape
        return sent

    def _candidates(self, item: Field, cursor: Cursor) -> frozenset[str]:
        """The graphs that could serve this path: only what all know of a union is asked for."""
        at = cursor.at
        declared = self._supergraph.type_in(at.graph, at.type)
        if declared is None or not declared.keys:
            return cursor.candidates
        others = (graph for graph in self._supergraph.graphs if self._serves(graph, at, item))
        return frozenset((at.graph, *others))

    def _serves(self, graph: str, at: PlannerState, item: Field) -> bool:
        declared = self._supergraph.type_in(graph, at.type)
        if declared is None or not any(key.resolvable for key in declared.keys):
            return False
        field = declared.fields.get(item.name)
        return field is not None and not field.external

    # one item in several ways

    def _place_chains(self, choice: Chains, cursor: Cursor) -> set[GroupDraft]:
        touched = {cursor.group}
        for chain in choice.items:
            touched |= self.place_item(chain, cursor)
        return touched

    def _place_per_type(self, item: Item, choice: PerType, cursor: Cursor) -> set[GroupDraft]:
        items = item.children if isinstance(item, Fragment) else (item,)
        touched = {cursor.group}
        for name in choice.types:
            if self._known_to_all_candidates(name, cursor):
                touched |= self.place(items, self._narrowed(name, cursor))
        return touched

    def _narrowed(self, name: str, cursor: Cursor) -> Cursor:
        return replace(
            cursor,
            selection=cursor.selection.fragment(name),
            at=cursor.at._replace(type=name),
            path=(*cursor.path, frozenset((name,))),
        )

    def _known_to_all_candidates(self, name: str, cursor: Cursor) -> bool:
        facts = self._supergraph.facts[cursor.at.type]
        if facts.kind != "union":
            return True
        declared = (self._supergraph.type_in(graph, facts.name) for graph in cursor.candidates)
        return all(one is None or name in one.possible for one in declared)

    # entity calls

    def _place_hop(self, item: Item, hop: Hop, cursor: Cursor) -> set[GroupDraft]:
        sources = self._place_inputs(item, hop, cursor)
        needed = merge_items((*hop.key.fields, *hop.requires))
        inputs = read_inputs(self._supergraph, self._keys, needed, cursor.at.type, cursor.place)
        group = self._joined_group(hop, cursor, sources, inputs)
        if group is None:
            group = self._new_call(hop, cursor)
        group.depends_on |= sources
        group.needs.add(hop.requires)
        group.inputs = joined_inputs(group.inputs, inputs)
        return self._arrive(item, hop, group, cursor)

    def _place_inputs(self, item: Item, hop: Hop, cursor: Cursor) -> set[GroupDraft]:
        at = cursor.at
        by_key = at._replace(visited=at.visited | {hop.graph})
        touched = self.place(hop.key.fields, replace(cursor, at=by_key, internal=True))
        if hop.requires and isinstance(item, Field):
            chain = at.chain | {(hop.target, item.name)}
            there = at._replace(visited=frozenset(), chain=chain)
            touched |= self.place(hop.requires, replace(cursor, at=there, internal=True))
        return touched

    def _joinable(self, hop: Hop, cursor: Cursor) -> Iterable[GroupDraft]:
        for group in self.groups:
            if (
                group.graph == hop.graph
                and group.path == cursor.path
                and group.type == hop.target
                and group.key_text == hop.key.text
                and group.is_entity_call
            ):
                yield group

    def _joined_group(
        self, hop: Hop, cursor: Cursor, sources: set[GroupDraft], inputs: Inputs
    ) -> GroupDraft | None:
        before = set(sources)
        for source in sources:
            before |= source.ancestors()
        free = [group for group in self._joinable(hop, cursor) if group not in before]
        for group in free:
            if hop.requires in group.needs:
                return group
        for group in free:
            if not inputs_clash(group.inputs, inputs):
                return group
        return None

    def _new_call(self, hop: Hop, cursor: Cursor) -> GroupDraft:
        group = GroupDraft(
            id=len(self.groups),
            graph=hop.graph,
            operation="query",
            selection=self._new_selection(hop.graph, hop.target),
            path=cursor.path,
            type=hop.target,
            key_text=hop.key.text,
            static_typename=self._static_typename(hop, cursor.at),
        )
        self.groups.append(group)
        return group

    def _static_typename(self, hop: Hop, at: PlannerState) -> str | None:
        """The `__typename` to send, unless each object has to tell its own."""
        target = self._supergraph.type_in(hop.graph, hop.target)
        source = self._supergraph.type_in(at.graph, at.type)
        if target is not None and target.is_abstract and source is not None:
            return hop.target if source.is_interface_object else None
        return hop.target

    def _arrive(self, item: Item, hop: Hop, group: GroupDraft, cursor: Cursor) -> set[GroupDraft]:
        at = PlannerState(hop.graph, hop.target, chain=cursor.at.chain)
        there = replace(
            cursor,
            group=group,
            selection=group.selection,
            at=at,
            sent=(),
            candidates=frozenset((hop.graph,)),
        )
        target = self._supergraph.type_in(hop.graph, hop.target)
        if isinstance(item, Field) and target is not None and item.name in target.fields:
            return self._write(item, target.fields[item.name], there)
        return self.place_item(item, there)

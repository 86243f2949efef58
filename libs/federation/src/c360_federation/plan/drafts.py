"""Requests while they are being written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from c360_federation.plan.model import Inputs, Path, Rename, RequestedField
from c360_federation.selection import TYPENAME, Argument, Items, printed_arguments

PLACEHOLDER = "__self"


@dataclass(slots=True, eq=False)
class FieldDraft:
    """A field of a request; `sent` differs from `key` when shapes would clash."""

    key: str
    sent: str
    name: str
    arguments: tuple[Argument, ...]
    child: SelectionDraft | None
    is_internal: bool = False


@dataclass(slots=True, eq=False)
class SelectionDraft:
    """A selection set of a request."""

    is_interface_object: bool = False
    wants_typename: bool = False
    fields: dict[str, FieldDraft] = field(default_factory=dict[str, FieldDraft])
    fragments: dict[str, SelectionDraft] = field(default_factory=dict[str, "SelectionDraft"])

    def fragment(self, type_name: str) -> SelectionDraft:
        """The selection under a type condition."""
        return self.fragments.setdefault(type_name, SelectionDraft())

    def find(self, key: str, name: str, arguments: tuple[Argument, ...]) -> FieldDraft | None:
        """The field already asked for under this response key, if any."""
        for draft in self.fields.values():
            if draft.key == key and draft.name == name and draft.arguments == arguments:
                return draft
        return None

    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (
            self.wants_typename
            or self.fields
            or any(not inner.is_empty() for inner in self.fragments.values())
        )

    def text(self) -> str:
        """The selection set in GraphQL."""
        parts = list(self._parts())
        if not parts:
            # An interface object's own __typename is the interface: never merge it. Callers may
            # not begin a response key with two underscores.
            parts.append(f"{PLACEHOLDER}: {TYPENAME}" if self.is_interface_object else TYPENAME)
        return "{" + " ".join(parts) + "}"

    def _parts(self) -> Iterator[str]:
        if self.wants_typename:
            yield TYPENAME
        for draft in self.fields.values():
            yield _field_text(draft)
        for name, inner in self.fragments.items():
            if not inner.is_empty():
                yield f"... on {name}{inner.text()}"

    def requested(self, types: frozenset[str] | None = None) -> Iterator[RequestedField]:
        """What is asked of an object, type conditions told with each key."""
        if self.wants_typename:
            yield RequestedField(TYPENAME, TYPENAME, types, is_internal=True)
        for draft in self.fields.values():
            below = () if draft.child is None else tuple(draft.child.requested())
            yield RequestedField(draft.key, draft.sent, types, draft.is_internal, below)
        for name, inner in self.fragments.items():
            on = frozenset((name,))
            yield from inner.requested(on if types is None else types & on)

    def variables(self) -> Iterator[str]:
        """The variables mentioned."""
        for draft in self.fields.values():
            for argument in draft.arguments:
                yield from argument.variables
            if draft.child is not None:
                yield from draft.child.variables()
        for inner in self.fragments.values():
            yield from inner.variables()

    def renames(self) -> tuple[Rename, ...]:
        """What must be renamed in the answer."""
        found: dict[str, Rename] = {}
        for rename in self._renames():
            present = found.get(rename.sent)
            if present is not None:
                rename = Rename(  # noqa: PLW2901
                    rename.sent, rename.key, _joined(present.children, rename.children)
                )
            found[rename.sent] = rename
        return tuple(found.values())

    def _renames(self) -> Iterator[Rename]:
        for draft in self.fields.values():
            below = draft.child.renames() if draft.child is not None else ()
            if below or draft.sent != draft.key:
                yield Rename(draft.sent, draft.key, below)
        for inner in self.fragments.values():
            yield from inner._renames()


def _joined(first: tuple[Rename, ...], second: tuple[Rename, ...]) -> tuple[Rename, ...]:
    merged = {rename.sent: rename for rename in first}
    for rename in second:
        present = merged.get(rename.sent)
        children = (
            rename.children if present is None else _joined(present.children, rename.children)
        )
        merged[rename.sent] = Rename(rename.sent, rename.key, children)
    return tuple(merged.values())


def _field_text(draft: FieldDraft) -> str:
    text = draft.name if draft.sent == draft.name else f"{draft.sent}: {draft.name}"
    text += printed_arguments(draft.arguments)
    return text if draft.child is None else text + draft.child.text()


@dataclass(slots=True, eq=False)
class GroupDraft:
    """A request being written: a root request, or the entity call for one place."""

    id: int
    graph: str
    operation: str
    selection: SelectionDraft
    depends_on: set[GroupDraft] = field(default_factory=set["GroupDraft"])
    path: Path = ()
    type: str = ""
    key_text: str = ""
    static_typename: str | None = None
    needs: set[Items] = field(default_factory=set[Items])
    inputs: Inputs = ()
    shapes: dict[tuple[tuple[str, ...], str], str] = field(
        default_factory=dict[tuple[tuple[str, ...], str], str]
    )

    @property
    def is_entity_call(self) -> bool:
        """Whether this asks for entities by representation."""
        return bool(self.key_text)

    def ancestors(self) -> set[GroupDraft]:
        """Everything that must have been answered before."""
        found: set[GroupDraft] = set()
        waiting = list(self.depends_on)
        while waiting:
            group = waiting.pop()
            if group not in found:
                found.add(group)
                waiting.extend(group.depends_on)
        return found

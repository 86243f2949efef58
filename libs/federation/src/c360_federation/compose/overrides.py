"""`@override`: a field moves from one subgraph to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_federation.compose.externals import is_promised
from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef

_COLLISION = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"


def apply_overrides(
    subgraphs: list[Subgraph], uses: Mapping[str, FieldUses], problems: ProblemList
) -> None:
    """Note which fields the subgraphs that they come from no longer answer."""
    by_name = {subgraph.name: subgraph for subgraph in subgraphs}
    for subgraph in subgraphs:
        for owner in subgraph.types.values():
            for field in owner.fields.values():
                if field.override is not None:
                    move = _Move(subgraph, owner, field, by_name, problems)
                    if move.is_sound():
                        move.take_out(uses)


@dataclass(frozen=True, slots=True)
class _Move:
    """One field on its way."""

    subgraph: Subgraph
    owner: TypeDef
    field: FieldDef
    by_name: Mapping[str, Subgraph]
    problems: ProblemList

    @property
    def _coordinate(self) -> str:
        return f"{self.owner.name}.{self.field.name}"

    @property
    def _source(self) -> Subgraph | None:
        return self.by_name.get(self.field.override or "")

    def _from(self) -> FieldDef | None:
        source = self._source
        declared = source.types.get(self.owner.name) if source else None
        return declared.fields.get(self.field.name) if declared else None

    def is_sound(self) -> bool:
        """Whether the field can be taken out of where it comes from."""
        if self.owner.kind == "interface":
            return self._refuse("OVERRIDE_ON_INTERFACE", "is of an interface. Move its types'")
        if self.owner.is_interface_object:
            return self._refuse(_COLLISION, "is of an interface object, which cannot override")
        source = self._source
        if source is None:
            message = f"overrides {self.field.override!r}, which is no subgraph."
            return self._hint("FROM_SUBGRAPH_DOES_NOT_EXIST", message)
        if source is self.subgraph:
            message = "overrides itself. Name the subgraph that the field moves away from"
            return self._refuse("OVERRIDE_FROM_SELF_ERROR", message)
        return self._is_there(source)

    def _is_there(self, source: Subgraph) -> bool:
        field = self._from()
        if field is None:
            return self._no_field(source)
        if field.override is not None:
            message = f"overrides {source.name!r}, which overrides it too. Keep one of them"
            return self._refuse("OVERRIDE_SOURCE_HAS_OVERRIDE", message)
        return self._is_free(source, field)

    def _no_field(self, source: Subgraph) -> bool:
        is_absent = self.owner.name not in source.types
        for name in self.owner.interfaces if is_absent else ():
            flat = source.types.get(name)
            if flat and flat.is_interface_object and self.field.name in flat.fields:
                message = f"overrides what {source.name!r} answers by interface object {name}"
                return self._refuse(_COLLISION, message)
        message = f"overrides {source.name!r}, which does not have it any more."
        return self._hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message)

    def _is_free(self, source: Subgraph, field: FieldDef) -> bool:
        if field.requires is not None or field.provides is not None:
            message = f"overrides a field of {source.name!r} with @requires or @provides"
            return self._refuse(_COLLISION, message)
        if self.field.external:
            message = "is @external and @override. A field that moves here is answered here"
            return self._refuse(_COLLISION, message)
        if field.external:
            message = f"overrides {source.name!r}, which does not answer it any more."
            return self._hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message)
        return True

    def take_out(self, uses: Mapping[str, FieldUses]) -> None:
        """Mark the field where it comes from."""
        source, field = self._source, self._from()
        assert source is not None
        assert field is not None
        place = (self.owner.name, self.field.name)
        declared = source.types[self.owner.name]
        if place in uses[source.name].all or is_promised(source, declared, field.name):
            field.used_overridden = True
        else:
            field.is_gone = True
        message = f"overrides {source.name!r}, where the field can be removed."
        self._hint("OVERRIDDEN_FIELD_CAN_BE_REMOVED", message)

    def _refuse(self, code: str, text: str) -> bool:
        message = f"{self._coordinate} in subgraph {self.subgraph.name!r} {text}."
        self.problems.add(code, message, (self.subgraph.name,), self._coordinate)
        return False

    def _hint(self, code: str, text: str) -> bool:
        message = f"{self._coordinate} in subgraph {self.subgraph.name!r} {text}"
        self.problems.hint(code, message, self._coordinate)
        return False

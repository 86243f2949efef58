"""A policy table as the federation engine asks it: cut, mask, show the schema or not."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Literal

from c360_federation import restrict_schema
from c360_federation.policy import Denial, Use, UseKind
from c360_kernel.visibility import Visibility
from c360_policy.mask.apply import Mask, Masks
from c360_policy.row_policy import UNRESTRICTED, RowPolicy
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.schema.input_roles import input_roles
from c360_policy.schema.leaves import leaf_scalars
from c360_policy.schema.reach import LOOKUPS, is_item_part
from c360_policy.schema.visibility import visibility_of
from c360_policy.schema.written import WaysToWrite
from c360_policy.table import Access, PolicyTable
from graphql import GraphQLSchema
from typing_extensions import override

from c360_gateway.policy.shown import shown_coordinates

FIELD_DENIED = "FIELD_DENIED"
FIELD_MASKED = "FIELD_MASKED"
ARGUMENT_DENIED = "ARGUMENT_DENIED"

UseName = Literal["select", "export", "filter", "sort", "lookup", "requires", "write"]
_INPUTS = (UseKind.ARGUMENT, UseKind.INPUT_FIELD, UseKind.ENUM_VALUE)


class TablePolicy:
    """Implements the engine's `Policy` for one role set and purpose over one schema."""

    is_export = False

    def __init__(
        self,
        table: PolicyTable,
        schema: GraphQLSchema,
        masks: Masks,
        row_policy: RowPolicy = UNRESTRICTED,
    ) -> None:
        self.table = table
        self.row_policy = row_policy
        self._schema = schema
        self._leaves = leaf_scalars(schema)
        self._roles = input_roles(schema)
        self._masks = masks
        self._transforms: dict[str, Mask | None] = {}

    @cached_property
    def key(self) -> Hashable:
        """Role sets whose tables decide alike share everything that is prepared."""
        return (self.table.fingerprint, self.row_policy.key)

    @cached_property
    def exporting(self) -> TablePolicy:
        """The policy of whoever takes out in bulk what is answered."""
        return ExportPolicy(self.table, self._schema, self._masks, self.row_policy)

    @cached_property
    def visibility(self) -> Visibility:
        """What subgraphs may tell of by what they derive."""
        return visibility_of(self.table, self._schema, self._shows, self.row_policy.consented)

    def decision(self, use: Use) -> Access:
        """What the table says to a use."""
        if not _is_write(use):
            return self._reading(use)
        own = self.table.write(use.coordinate)
        is_tagged = bool(self.table.tags.get(use.coordinate)) and not is_item_part(use.coordinate)
        if own.rule_ids or use.because_of is None or is_tagged:
            return own
        # What no rule speaks of and no tag marks goes with the mutation that it is given to.
        return self.table.write(use.because_of)

    def _reading(self, use: Use) -> Access:
        if _is_lookup(use):
            return self.table.finding(use.coordinate)
        if self._compares(use):
            return self.table.filtering(use.coordinate)
        return (self.table.read if use.kind in _INPUTS else self.answering)(use.coordinate)

    def answering(self, coordinate: str) -> Access:
        """What answering with a coordinate, or with what is made of it, is decided by."""
        return self.table.read(coordinate)

    def _compares(self, use: Use) -> bool:
        is_input = use.kind in _INPUTS
        return is_input and self._roles.of(use.because_of, use.coordinate) != "lookup"

    def use_name(self, use: Use) -> UseName:
        """How the audit calls a use: a value that is given goes by its argument's role.

        Everything that a mutation is given is part of its writing.
        """
        if _is_write(use):
            return "write"
        if use.kind is UseKind.REQUIRED:
            return "requires"
        return self._roles.of(use.because_of, use.coordinate) if use.kind in _INPUTS else "select"

    def limits(self, use: Use) -> bool:
        """Whether the right to look up or filter alone allows a use, so its number is limited."""
        is_guess = not _is_write(use) and (_is_lookup(use) or self._compares(use))
        if not is_guess or self.table.reading_compared(use.coordinate).action == "allow":
            return False
        return self.decision(use).action == "allow"

    def decide(self, use: Use) -> Denial | None:
        """Using a value needs a plain `read`; seeing one may also be granted with a mask."""
        decision = self.decision(use)
        if use.kind is not UseKind.FIELD and self._is_consented(use):
            return _consented(use)
        if decision.action == "allow":
            return None
        if use.kind is not UseKind.FIELD:
            return _denial(use)
        if decision.action == "mask" and use.coordinate in self._leaves:
            return None if self.transform(use.coordinate) else _masked_to_nothing(use)
        return _not_exported(use) if self.is_export else _denial(use)

    def transform(self, coordinate: str) -> Mask | None:
        """The mask over the values of a leaf field."""
        if coordinate not in self._transforms:
            self._transforms[coordinate] = self._mask(coordinate)
        return self._transforms[coordinate]

    def introspection(self, schema: GraphQLSchema) -> GraphQLSchema | None:
        """What roles granted `introspect` are shown of the schema, nothing for others."""
        del schema
        return self.shown if self.table.may_introspect else None

    @cached_property
    def shown(self) -> GraphQLSchema | None:
        """The schema as these roles see it; None when they see nothing."""
        hides = not self._shown.issuperset(coordinates_of(self._schema, {}))
        return restrict_schema(self._schema, self._shown.__contains__) if hides else self._schema

    def is_read(self, coordinate: str) -> bool:
        """Whether a field is one that these roles see, and answers have anything of its values."""
        return coordinate in self._shown and self._shows(coordinate)

    @cached_property
    def _shown(self) -> frozenset[str]:
        ways = WaysToWrite(self._schema)
        return shown_coordinates(self._schema, self.table, self.decide, ways)

    def _shows(self, coordinate: str) -> bool:
        """Whether an answer has anything of a coordinate's values: as `decide` says of a field."""
        action = self.answering(coordinate).action
        if action != "mask":
            return action == "allow"
        return coordinate in self._leaves and self.transform(coordinate) is not None

    def _is_consented(self, use: Use) -> bool:
        """Whether a use would tell of values that some customers show and others do not.

        What is written was said by the caller, and whoever is looked up is known by it already.
        """
        given = _is_write(use) or _is_lookup(use)
        consented = self.row_policy.consented
        return not given and not consented.isdisjoint(self.table.told_by(use.coordinate))

    def _mask(self, coordinate: str) -> Mask | None:
        spec = self.table.read(coordinate).mask
        scalar = self._leaves.get(coordinate)
        if spec is None or scalar is None:
            return None
        return self._masks.of(spec, scalar, self.table.tags[coordinate], coordinate)


class ExportPolicy(TablePolicy):
    """Answers leave in bulk: each coordinate in them needs the right to that, beside reading."""

    is_export = True

    @cached_property
    @override
    def key(self) -> Hashable:
        return ("export", super().key)

    @override
    def answering(self, coordinate: str) -> Access:
        return self.table.exporting(coordinate)

    @override
    def use_name(self, use: Use) -> UseName:
        name = super().use_name(use)
        return "export" if name == "select" else name


def _is_write(use: Use) -> bool:
    return use.operation == "mutation" and len(use.path) == 1


def _is_lookup(use: Use) -> bool:
    return use.kind in _INPUTS and use.because_of in LOOKUPS


def _denial(use: Use) -> Denial:
    code = ARGUMENT_DENIED if use.kind in _INPUTS else FIELD_DENIED
    return Denial(code, _reason(use))


def _consented(use: Use) -> Denial:
    code = ARGUMENT_DENIED if use.kind in _INPUTS else FIELD_DENIED
    message = f"{use.coordinate} is shown by each customer's consent: nothing may be chosen by it"
    return Denial(code, message)


def _reason(use: Use) -> str:
    if _is_write(use):
        return f"your roles may not write {use.coordinate}"
    if use.kind is UseKind.REQUIRED:
        return f"{use.because_of} is made from {use.coordinate}, which your roles may not read"
    verb = "filter, sort or look up by" if use.kind in _INPUTS else "read"
    return f"your roles may not {verb} {use.coordinate}"


def _not_exported(use: Use) -> Denial:
    message = f"your roles may not take {use.coordinate} out in bulk"
    return Denial(FIELD_DENIED, message)


def _masked_to_nothing(use: Use) -> Denial:
    message = f"{use.coordinate} is masked for your roles and nothing of it may be shown"
    return Denial(FIELD_MASKED, message)

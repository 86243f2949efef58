"""What the engine makes of a request: the compiled operation, and its answer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary

from c360_federation.deferral import Deferral
from c360_federation.errors import ErrorEntry
from c360_federation.plan.model import Plan
from c360_federation.policy import DeniedUse, Use
from c360_federation.project.response_shape import ResponseShape
from c360_federation.values import JsonObject


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CompiledOperation:
    """An operation for one policy key and one set of condition values; shared by requests.

    `notes` is for whoever serves it, and to be bounded there: what was made of it under a policy,
    at most for as long as both last.
    """

    kind: str
    name: str | None
    uses: tuple[Use, ...]
    denied: tuple[DeniedUse, ...]
    coordinates: frozenset[str]
    denials: tuple[ErrorEntry, ...]
    plan: Plan
    shape: ResponseShape
    introspected: JsonObject | None = None
    deferral: Deferral | None = None
    notes: WeakKeyDictionary[object, object] = field(
        default_factory=WeakKeyDictionary[object, object], compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class Remembered:
    """What it takes to compile an operation again: of its variables, only the conditions."""

    query: str
    operation_name: str | None
    conditions: Mapping[str, bool]
    variable_uses: Mapping[str, frozenset[str]]
    policy_key: Hashable


class Prepared(NamedTuple):
    """One request, ready to be executed."""

    operation: CompiledOperation
    variables: JsonObject

    @property
    def kind(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return self.operation.kind

    @property
    def name(self) -> str | None:
        """The operation's name."""
        return self.operation.name

    @property
    def uses(self) -> tuple[Use, ...]:
        """Each use that the policy was asked about."""
        return self.operation.uses

    @property
    def denied(self) -> tuple[DeniedUse, ...]:
        """The uses that were refused."""
        return self.operation.denied

    @property
    def coordinates(self) -> frozenset[str]:
        """Every coordinate that is used and was not refused, inputs included."""
        return self.operation.coordinates

    @property
    def is_deferred(self) -> bool:
        """Whether some of the answer may come later."""
        return self.operation.deferral is not None

    @property
    def plan(self) -> Plan:
        """The requests that will be made."""
        return self.operation.plan


@dataclass(slots=True)
class ExecutionResult:
    """The answer to one request."""

    data: JsonObject | None
    errors: list[ErrorEntry] = field(default_factory=list[ErrorEntry])
    executed: bool = True

    def payload(self) -> JsonObject:
        """The answer as GraphQL has it: no `data` when nothing was executed."""
        made: JsonObject = {}
        if self.errors:
            made["errors"] = self.errors
        if self.executed:
            made["data"] = self.data
        return made

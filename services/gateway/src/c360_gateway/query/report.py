"""What policy did to an answer: each coordinate that it masked or denied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from c360_federation.answers import CompiledOperation
from c360_federation.http import HttpProblem
from c360_federation.policy import Denial, Use, UseKind
from c360_federation.values import JsonObject
from c360_kernel.metrics import REQUESTS
from c360_policy.table import Access

from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import FIELD_MASKED, TablePolicy

DENIALS_HEADER = "c360-denials"
DENIALS_UNKNOWN = "DENIALS_UNKNOWN"
CONSENT_MISSING = "CONSENT_MISSING"
"""Null for each customer who does not consent to the caller's purpose."""
_NOTHING = "null"
"""The mask that shows nothing."""


class DenialsIn(Enum):
    """Where a caller wants denials: among the errors too, or in `extensions.policy` alone."""

    ERRORS = "errors"
    EXTENSIONS = "extensions"


def denials_in(wanted: object) -> DenialsIn:
    """Read the header `c360-denials`; raises `HttpProblem` for what it does not know."""
    if wanted is None:
        return DenialsIn.ERRORS
    try:
        return DenialsIn(wanted)
    except ValueError:
        REQUESTS.add(DENIALS_UNKNOWN)
        message = f"{DENIALS_HEADER} is errors or extensions"
        raise HttpProblem(HTTPStatus.BAD_REQUEST, DENIALS_UNKNOWN, message) from None


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """What is told of one operation under one policy; `denials` errors come before all others."""

    entries: tuple[JsonObject, ...]
    denials: int

    def put_into(
        self, payload: JsonObject, wanted: DenialsIn, context: OperationContext
    ) -> JsonObject:
        """The payload with what policy did to it.

        An answer whose data is null keeps its errors: GraphQL has no other form for it.
        """
        entries = (*self.entries, *_withheld(context)) if context.withheld else self.entries
        if not entries:
            return payload
        reported = {**payload, "extensions": {**payload.get("extensions", {}), "policy": entries}}
        if wanted is DenialsIn.EXTENSIONS and self.denials and payload.get("data") is not None:
            reported["errors"] = payload["errors"][self.denials :]
            if not reported["errors"]:
                del reported["errors"]
        return reported


def with_withheld(payload: JsonObject, context: OperationContext) -> JsonObject:
    """A later part of an answer, with what consent was wanting for in it or in those before it."""
    if not context.withheld:
        return payload
    policy_extension = {**payload.get("extensions", {}), "policy": tuple(_withheld(context))}
    return {**payload, "extensions": policy_extension}


def _withheld(context: OperationContext) -> Iterator[JsonObject]:
    """What some customers' consent is wanting for."""
    for coordinate in sorted(context.withheld):
        tags = context.table.tags.get(coordinate, ())
        yield {
            "coordinate": coordinate,
            "action": CONSENT_MISSING,
            "mask": None,
            "tag": ",".join(sorted(tags)) or None,
            "rules": [],
            "purpose": context.caller.purpose,
        }


def policy_report(compiled: CompiledOperation, policy: TablePolicy) -> PolicyReport:
    """What this policy does to an operation that was prepared under it."""
    return PolicyReport(_entries(compiled, policy), len(compiled.denials))


def _entries(compiled: CompiledOperation, policy: TablePolicy) -> tuple[JsonObject, ...]:
    denials = {one.use: one.denial for one in compiled.denied}
    found: dict[str, JsonObject] = {}
    for use in compiled.uses:
        entry = _entry(use, denials.get(use), policy)
        if entry is not None:
            known = found.setdefault(entry["coordinate"], entry)
            # What is denied is never just masked.
            if entry["action"] == "DENIED" != known["action"]:
                found[entry["coordinate"]] = entry
    return tuple(found.values())


def _entry(use: Use, denial: Denial | None, policy: TablePolicy) -> JsonObject | None:
    decision = policy.decision(use)
    if denial is None:
        if decision.action != "mask":
            return None
        return _reported(use, "MASKED", str(decision.mask), decision, policy)
    if denial.code == FIELD_MASKED:
        return _reported(use, "MASKED", _NOTHING, decision, policy)
    return _reported(use, "DENIED", None, decision, policy)


def _reported(
    use: Use, action: str, mask: str | None, decision: Access, policy: TablePolicy
) -> JsonObject:
    # A field is cut for what it is made from, too: the caller asked for the field.
    is_made_from = use.kind is UseKind.REQUIRED and use.because_of is not None
    tags = policy.table.tags.get(use.coordinate, ())
    return {
        "coordinate": use.because_of if is_made_from else use.coordinate,
        "action": action,
        "mask": mask,
        "tag": ",".join(sorted(tags)) or None,
        # Under a policy that has just changed, what denied may be of the one before.
        "rules": list(decision.rule_ids) if decision.action != "allow" else [],
    }

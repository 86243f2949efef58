"""What all entries of an operation under one policy have in common, made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from c360_federation.engine import CompiledOperation
from c360_federation.policy import Use
from c360_kernel.codec import encode
from c360_kernel.payload import CoordinateUse, OperationAudited

from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.counting import UseCounting
from c360_gateway.policy.decisions import FIELD_MASKED, TablePolicy


class EntryTemplate(NamedTuple):
    """The bytes that such an entry begins with, and what is counted for it in an answer."""

    data: bytes
    counting: UseCounting


def entry_template(
    text: str, compiled: CompiledOperation, policy: TablePolicy, written: ClientText
) -> EntryTemplate:
    """Of an operation that was compiled from this text."""
    common = OperationAudited(
        "",
        policy_version=policy.table.policy_version,
        operation_kind=compiled.kind,
        operation_name=written.name(compiled.name or "", text),
        operation_hash=written.fingerprint(text),
        uses=_audited_uses(compiled, policy),
    )
    return EntryTemplate(encode(common), _counting(compiled, policy))


def _counting(compiled: CompiledOperation, policy: TablePolicy) -> UseCounting:
    """In the order of `_audited_uses`."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in compiled.uses:
        uses = found.setdefault((use.coordinate, policy.use_name(use)), [])
        if _is_allowed(policy, use):
            uses.append(use)
    return UseCounting([(coordinate, uses) for (coordinate, _), uses in found.items()])


def _audited_uses(compiled: CompiledOperation, policy: TablePolicy) -> tuple[CoordinateUse, ...]:
    """Each coordinate used, once per kind of use, with what policy said and by which rules."""
    found: dict[tuple[str, str], CoordinateUse] = {}
    for use in compiled.uses:
        decision = policy.decision(use)
        allowed = _is_allowed(policy, use)
        name = policy.use_name(use)
        found[use.coordinate, name] = CoordinateUse(
            coordinate=use.coordinate,
            use=name,
            decision=str(decision) if allowed else "deny",
            rule=joined(decision.rule_ids),
            tag=joined(sorted(policy.table.tags.get(use.coordinate, ()))),
        )
    return tuple(found.values())


def _is_allowed(policy: TablePolicy, use: Use) -> bool:
    denial = policy.decide(use)
    return denial is None or denial.code == FIELD_MASKED


def joined(names: Sequence[str]) -> str:
    """Names as an entry holds them."""
    return ",".join(names)

"""Items of `decideIdentity`: what a steward says of two records."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.log.topics import DECISIONS
from c360_kernel.payload import DecisionKind, DecisionMade
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.collect.fields import (
    FIELD_TYPE,
    Refused,
    name_of,
    optional_name,
    record_in,
)
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Kind, Signature, Truth

PAIR_INVALID = "DECISION_PAIR_INVALID"
_FIELDS = frozenset(("decision", "a", "b", "reason", "decisionId", "undoes"))
_KINDS: dict[str, DecisionKind] = {"SAME": "same", "NOT_SAME": "not_same", "UNDO": "undo"}


def decision_kind(catalog: Catalog) -> Kind:
    """Items of `decideIdentity`. Whoever may decide may decide about records of any source."""

    def read(item: RawItem, stamp_ms: int) -> DecisionMade:
        kind = _kind_of(item)
        a, b = record_in(item, "a", catalog), record_in(item, "b", catalog)
        if a == b:
            raise Refused(PAIR_INVALID, "b", "a decision is about two records")
        undoes = optional_name(item, "undoes")
        if undoes and kind != "undo":
            raise Refused(FIELD_TYPE, "undoes", "only UNDO takes a decision back")
        decision_id = optional_name(item, "decisionId")
        # It stays in the log, and a steward may quote what belongs to the customer.
        reason = redacted(name_of(item, "reason"))
        return DecisionMade(decision_id, kind, min(a, b), max(a, b), undoes, reason=reason)

    return Kind(
        "decideIdentity",
        DECISIONS,
        "c360.decision.made.v1",
        _FIELDS,
        None,
        read,
        _name,
        _signed,
        _subject,
        is_of_source=False,
    )


def _name(payload: Truth) -> Hashable:
    made = cast("DecisionMade", payload)
    return (made.a, made.b, made.decision_id)


def _signed(payload: Truth, by: Signature) -> DecisionMade:
    made = cast("DecisionMade", payload)
    return replace(made, actor=by.actor, decision_id=made.decision_id or f"decision:{by.stamp}")


def _subject(item: object) -> object:
    return cast("dict[str, object]", item).get("a") if isinstance(item, dict) else None


def _kind_of(item: RawItem) -> DecisionKind:
    named = name_of(item, "decision").upper()
    if named not in _KINDS:
        raise Refused(FIELD_TYPE, "decision", f"decision is one of {', '.join(_KINDS)}")
    return _KINDS[named]

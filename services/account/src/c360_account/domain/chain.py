"""The decision chain of an account: who decides there, and what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from c360_kernel.catalog.model import AccountModel

from c360_account.domain.membership import Member

GapReason = Literal["VACANT", "LEFT"]


class Gap(NamedTuple):
    """A role that nobody holds now: nobody is known, or the last one left at `since` (ms UTC)."""

    role: str
    reason: GapReason
    since: int = 0
    last: Member | None = None


def chain_of(members: Sequence[Member], model: AccountModel, at: int) -> list[Member]:
    """Who decides at a time, the most influential first."""
    deciding = [one for one in members if _decides(one, model) and one.holds_at(at)]
    order = {name: place for place, name in enumerate(model.roles)}
    deciding.sort(key=lambda one: (-one.said.influence, order.get(one.said.role, len(order))))
    return deciding


def gaps_of(members: Sequence[Member], model: AccountModel, at: int) -> list[Gap]:
    """The roles of the chain that nobody holds at a time, in the catalog's order.

    One that somebody held is missed whatever the catalog says; of others, those it needs.
    """
    held = {one.said.role for one in chain_of(members, model, at)}
    found: list[Gap] = []
    for name, role in model.roles.items():
        if name in held:
            continue
        ended = [one for one in members if _left(one, name, model, at)]
        if ended:
            last = max(ended, key=lambda one: (one.said.valid_to, one.customer))
            found.append(Gap(name, "LEFT", last.said.valid_to, last))
        elif role.needed:
            found.append(Gap(name, "VACANT"))
    return found


def _left(one: Member, role: str, model: AccountModel, at: int) -> bool:
    return one.said.role == role and _decides(one, model) and one.ended_by(at)


def _decides(one: Member, model: AccountModel) -> bool:
    kind = model.kinds.get(one.said.kind)
    return kind is not None and kind.decides

"""Acts that need a second person: broken glass and its review, policy and its approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from c360_kernel.payload import OperationAudited
from c360_kernel.person import person_of

OPENED, REVIEWED = "break_glass_opened", "break_glass_reviewed"
PUBLISHED, PROPOSED, APPROVED = "policy_published", "policy_proposed", "policy_approved"


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """A role that was broken into: by whom, when (ms UTC), why, and who looked at it afterwards.

    `reviewer` is "" while nobody did. Whoever opened it cannot review it.
    """

    grant: str
    principal: str
    role: str
    at: int
    reason: str
    ticket: str
    reviewer: str = ""
    reviewed_at: int | None = None
    verdict: str = ""


def broken_glass(acts: Iterable[OperationAudited]) -> list[BrokenGlass]:
    """Every opening with its first review by somebody else, in the order of `acts`."""
    listed = list(acts)
    reviews = [act for act in listed if act.kind == REVIEWED]
    return [_reviewed(act, reviews) for act in listed if act.kind == OPENED]


def _reviewed(opened: OperationAudited, reviews: Iterable[OperationAudited]) -> BrokenGlass:
    grant = grant_of(opened)
    opener = person_of(opened.principal)
    found = [
        act for act in reviews if grant_of(act) == grant and person_of(act.principal) != opener
    ]
    first = min(found, key=lambda act: act.at, default=None)
    role = opened.details.get("role", opened.target if opened.break_glass else "")
    by = "" if first is None else first.principal
    verdict = "" if first is None else first.details.get("verdict", first.outcome)
    return BrokenGlass(
        grant,
        opened.principal,
        role,
        opened.at,
        opened.reason,
        opened.ticket,
        by,
        None if first is None else first.at,
        verdict,
    )


def grant_of(act: OperationAudited) -> str:
    """What names a grant: opening, every use and review of it say the same."""
    return act.break_glass or act.target

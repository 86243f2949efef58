"""The question turned round: who may read a coordinate, in clear, masked, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Invalid, NotFound

from c360_policy.reading.names import nearest_name
from c360_policy.rule import ANY, Policy
from c360_policy.table import Access, Coordinates, Interfaces, compile_table

RoleSet = frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading these coordinates is answered with for a role set, for these purposes.

    `purposes` is `*` alone where the answer is the same for every purpose, named or not.
    """

    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    access: Access
    coordinates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """What is asked about: coordinates with their tags, at a time (ms UTC)."""

    coordinates: Coordinates
    interfaces: Interfaces
    at_ms: float

    def only(
        self, coordinate: str | None, tag: str | None, shown: Collection[str]
    ) -> AccessQuestion:
        """One coordinate of these, or what carries a tag and is `shown` in answers.

        Raises `Invalid` (ACCESS_WHAT) unless one of both is named, `NotFound`
        (COORDINATE_UNKNOWN) for what there is not.
        """
        if (coordinate is None) == (tag is None):
            raise Invalid("name a coordinate or a tag, and not both", code="ACCESS_WHAT")
        found = {
            name: tags
            for name, tags in self.coordinates.items()
            if (name == coordinate if tag is None else tag in tags and name in shown)
        }
        if not found:
            near = nearest_name(coordinate or "", self.coordinates)
            raise NotFound(f"nothing of the schema is called so{near}", code="COORDINATE_UNKNOWN")
        interfaces = {one: self.interfaces[one] for one in found if one in self.interfaces}
        return AccessQuestion(found, interfaces, self.at_ms)


def roles_of(policy: Policy) -> tuple[RoleSet, ...]:
    """Each role that the policy speaks of, by itself."""
    return tuple(frozenset({role}) for role in sorted(policy.roles))


def readings(
    policy: Policy, role_sets: Iterable[RoleSet], question: AccessQuestion
) -> list[Reading]:
    """The answer for each role set; coordinates and purposes of one answer stand together."""
    return [one for roles in role_sets for one in _of_roles(policy, roles, question)]


def _of_roles(policy: Policy, roles: RoleSet, question: AccessQuestion) -> list[Reading]:
    grouped: dict[tuple[tuple[str, ...], Access], list[str]] = defaultdict(list)
    by_purpose = {
        purpose: _reads(policy, roles, purpose, question) for purpose in _purposes(policy)
    }
    for coordinate in sorted(question.coordinates):
        for access, purposes in _by_access(coordinate, by_purpose).items():
            grouped[purposes, access].append(coordinate)
    named = tuple(sorted(roles))
    return [Reading(named, *key, tuple(found)) for key, found in grouped.items()]


def _by_access(
    coordinate: str, by_purpose: Mapping[str, Mapping[str, Access]]
) -> Mapping[Access, tuple[str, ...]]:
    found: dict[Access, list[str]] = defaultdict(list)
    for purpose, reads in by_purpose.items():
        found[reads[coordinate]].append(purpose)
    if len(found) == 1:
        return dict.fromkeys(found, (ANY,))
    return {access: tuple(purposes) for access, purposes in found.items()}


def _purposes(policy: Policy) -> Sequence[str]:
    """Every purpose that a rule tells from others; `*` stands for all that none does."""
    return [ANY, *sorted({rule.purpose for rule in policy.rules} - {ANY})]


def _reads(
    policy: Policy, roles: RoleSet, purpose: str, question: AccessQuestion
) -> Mapping[str, Access]:
    table = compile_table(
        policy, roles, purpose, question.coordinates, question.at_ms, question.interfaces
    )
    return {name: table.read(name) for name in question.coordinates}


def rule_lines(text: str, policy: Policy) -> Mapping[str, str]:
    """The line of each rule of a policy, by its id, as it is written in the text."""
    lines = text.split("\n")
    return {rule.rule_id: lines[rule.line - 1].strip() for rule in policy.rules if rule.line}

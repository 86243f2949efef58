"""Whether what a policy names is known: a deny that is about nothing is a deny that is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple, TypeAlias

from c360_kernel.catalog.model import Catalog, TraitType

from c360_policy.errors import PolicyInvalid, PolicyProblem, refuse_any
from c360_policy.objects import ACTS, SPOKEN_OF, Kind, kind_of
from c360_policy.reading.masked import KeptTypes
from c360_policy.reading.row_names import (
    idle_bounds,
    unknown_objects,
    unknown_purposes,
    unknown_roles,
    unknown_traits,
)
from c360_policy.rule import ANY, ROLE_PREFIX, TAG_PREFIX, Act, Effect, Policy, Rule
from c360_policy.schema.reach import Inapplicable, is_applicable
from c360_policy.table import Coordinates

Names: TypeAlias = Collection[str]
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """What a policy may name. None: nobody has said yet, so that nothing is held against it."""

    coordinates: Coordinates | None = None
    purposes: frozenset[str] | None = None
    inapplicable: Inapplicable = field(default_factory=Inapplicable)
    traits: Mapping[str, TraitType] | None = None

    @cached_property
    def tags(self) -> frozenset[str]:
        """The tags of the coordinates; `public` is none, for it marks nothing."""
        return _NONE.union(*(self.coordinates or {}).values())

    @cached_property
    def kept(self) -> KeptTypes:
        """What masks are put on."""
        return KeptTypes(self.coordinates or {}, self.inapplicable.leaves)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types whose members are known, as objects of rules."""
        return frozenset(f"{name.partition('.')[0]}.*" for name in self.coordinates or ())

    @cached_property
    def applicable(self) -> Mapping[Act, Known]:
        """By act, the part that operations are ever held against under it."""
        coordinates = self.coordinates or {}
        return {
            act: Known(
                {
                    name: tags
                    for name, tags in coordinates.items()
                    if is_applicable(act, name, self.inapplicable)
                }
            )
            for act in ACTS
        }


NOTHING_KNOWN = Known()


class Findings(NamedTuple):
    """What refuses a policy, denials of what nobody knows among it, and what is warned of."""

    refused: tuple[PolicyProblem, ...]
    doubtful: tuple[PolicyProblem, ...]


def unknown_names(policy: Policy, known: Known) -> Findings:
    """Every name of a policy that nobody knows, with the nearest one that is known."""
    roles = _Roles(policy)
    found: dict[str, list[PolicyProblem]] = {"deny": [], "allow": []}
    for effect, problem in _taken_by_nobody(policy, roles):
        found[effect].append(problem)
    for rule in policy.rules:
        for what in _unknown(rule, known, roles):
            message = f"rule {rule.rule_id}: {what}, {_CONSEQUENCE[rule.effect]}"
            found[rule.effect].append(PolicyProblem(rule.line, message))
        if (refusal := known.kept.refusal(rule)) is not None:
            found["deny"].append(PolicyProblem(rule.line, f"rule {rule.rule_id}: {refusal}"))
        elif (doubt := known.kept.doubt(rule)) is not None:
            found["allow"].append(PolicyProblem(rule.line, f"rule {rule.rule_id}: {doubt}"))
    refused = (*found["deny"], *_in_rows(policy, known, roles))
    return Findings(refused, (*found["allow"], *idle_bounds(policy.rows, roles.known)))


def _in_rows(policy: Policy, known: Known, roles: _Roles) -> Iterator[PolicyProblem]:
    rows = policy.rows
    yield from unknown_roles(rows, roles.known)
    if known.traits is not None:
        yield from unknown_traits(rows, known.traits)
    if known.coordinates is not None:
        yield from unknown_objects(rows.consents, known.coordinates, known.tags)
    if known.purposes is not None:
        yield from unknown_purposes(rows.consents, known.purposes)


_CONSEQUENCE = {
    "deny": "so that this deny could hold for nothing",
    "allow": "so that this allow may grant nothing",
}


def _taken_by_nobody(policy: Policy, roles: _Roles) -> Iterator[tuple[Effect, PolicyProblem]]:
    """Denials that a role takes from another one which may be misspelled, for it may do nothing.

    What others include may be such a role: it is nobody's own.
    """
    allowed = {rule.role for rule in policy.rules if rule.effect == "allow"}
    denied = {rule.role: rule for rule in reversed(policy.rules) if rule.effect == "deny"}
    for role in sorted(policy.inherits.keys() - set().union(*policy.inherits.values())):
        included = policy.closure((role,))
        taken = [denied[one] for one in sorted(included - {role}) if one in denied]
        alike = roles.alike(role)
        if taken and alike:
            why = f"differs from {alike[0]!r} in letter case alone"
            yield "deny", _of_taken(taken[0], role, why)
        elif taken and not included & allowed:
            yield "allow", _of_taken(taken[0], role, "may do nothing")


def _of_taken(rule: Rule, role: str, why: str) -> PolicyProblem:
    message = f"rule {rule.rule_id}: role {role!r}, which takes it over, {why}"
    return PolicyProblem(rule.line, f"{message}, {_CONSEQUENCE['deny']}")


class _Roles:
    """The roles that a policy knows: those that it allows something, and those that it links."""

    def __init__(self, policy: Policy) -> None:
        allowed = {rule.role for rule in policy.rules if rule.effect == "allow"}
        self.known = allowed.union(policy.inherits, *policy.inherits.values())
        self._by_letters: dict[str, list[str]] = defaultdict(list)
        for role in sorted(self.known):
            self._by_letters[role.casefold()].append(role)

    def unknown(self, role: str) -> Iterator[str]:
        """Why a role may not be the one that is meant."""
        yield from _absent("role", role, self.known)
        alike = self.alike(role)
        if alike and role in self.known:
            yield f"role {role!r} differs from {alike[0]!r} in letter case alone"

    def alike(self, role: str) -> list[str]:
        """Other roles whose names differ in letter case alone."""
        return [one for one in self._by_letters.get(role.casefold(), ()) if one != role]


def _unknown(rule: Rule, known: Known, roles: _Roles) -> Iterator[str]:
    yield from roles.unknown(rule.role)
    yield from _unknown_object(rule, known)
    if kind_of(rule.obj) is Kind.ROLE:
        yield from roles.unknown(rule.obj.removeprefix(ROLE_PREFIX))
    if rule.purpose != ANY and known.purposes is not None:
        yield from _absent("purpose", rule.purpose, known.purposes)


def _unknown_object(rule: Rule, known: Known) -> Iterator[str]:
    kind, coordinates = kind_of(rule.obj), known.coordinates
    if kind is None:
        yield f"{rule.obj!r} is no object{nearest_name(rule.obj, coordinates or ())}"
    elif kind not in SPOKEN_OF[rule.act]:
        yield f"{rule.obj!r} is no object of act {rule.act}"
    elif coordinates is None:
        return
    elif kind in _NAMED:
        absent = tuple(_absent(kind.name.lower(), _name_of(rule), _named(kind, known)))
        yield from absent
        if not absent and _name_of(rule) not in _named(kind, known.applicable[rule.act]):
            yield f"act {rule.act} is never asked of {rule.obj!r}"


_NAMED = (Kind.TAG, Kind.TYPE, Kind.COORDINATE)


def _name_of(rule: Rule) -> str:
    return rule.obj.removeprefix(TAG_PREFIX)


def _named(kind: Kind, known: Known) -> Names:
    names = {Kind.TAG: known.tags, Kind.TYPE: known.types}
    return names.get(kind, known.coordinates or {})


def _absent(what: str, name: str, known: Names) -> Iterator[str]:
    if name not in known:
        yield f"no {what} {name!r} is known{nearest_name(name, known)}"


def nearest_name(name: str, known: Iterable[str]) -> str:
    """` (nearest: 'support_agent')`, or nothing where none comes close."""
    by_folded = {one.casefold(): one for one in sorted(known)}
    found = get_close_matches(name.casefold(), by_folded, n=1)
    return f" (nearest: {by_folded[found[0]]!r})" if found else ""


class Vocabulary:
    """What is known now: to the catalog, and to the schema in use once there is one."""

    def __init__(self, catalog: Catalog | None) -> None:
        self._purposes = None if catalog is None else frozenset(catalog.purposes)
        self._traits = None if catalog is None else catalog.traits
        self._known = Known(purposes=self._purposes, traits=self._traits)

    def known(self) -> Known:
        """What a policy may name now; another object whenever it has changed."""
        return self._known

    def take(self, catalog: Catalog) -> None:
        """Know the purposes of another catalog from now on."""
        self._purposes = frozenset(catalog.purposes)
        self._traits = catalog.traits
        self._known = replace(self._known, purposes=self._purposes, traits=self._traits)

    def beside(self, coordinates: Coordinates, inapplicable: Inapplicable) -> Known:
        """What would be known with this schema."""
        return Known(coordinates, self._purposes, inapplicable, self._traits)

    def use(
        self, coordinates: Coordinates, inapplicable: Inapplicable, in_force: Callable[[], Policy]
    ) -> None:
        """Know another schema from now on.

        Raises `PolicyInvalid`, and then knows what it knew, when a deny in force would be lost.
        """
        before, self._known = self._known, self.beside(coordinates, inapplicable)
        try:
            # Asked after the change: whatever is put into force meanwhile was held against it.
            refuse_unknown(in_force(), self._known)
        except PolicyInvalid:
            self._known = before
            raise


def refuse_unknown(policy: Policy, known: Known) -> tuple[PolicyProblem, ...]:
    """The grants that name what nobody knows. Raises `PolicyInvalid` for denials that do."""
    findings = unknown_names(policy, known)
    refuse_any(findings.refused)
    return findings.doubtful

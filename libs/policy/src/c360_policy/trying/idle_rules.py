"""Rules that change no answer: shadowed by others, denied everywhere, or about nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from c360_policy.errors import PolicyProblem
from c360_policy.mask.spec import openness
from c360_policy.rule import Policy, Rule
from c360_policy.trying.cells import Cell, CellsOf, RulesAt, meets, outlasts

_NAMED_MOST = 3


def idle_rules(policy: Policy, cells: CellsOf, rules: RulesAt) -> Iterator[PolicyProblem]:
    """Every rule without which the policy would answer the same."""
    gone: set[str] = set()
    # From the last one, so that of two equal rules the later one is told.
    for rule in reversed(policy.rules):
        reason = _why_idle(rule, cells, rules, gone)
        if reason:
            gone.add(rule.rule_id)
            yield PolicyProblem(rule.line, f"rule {rule.rule_id}: {reason}")


def contradictions(policy: Policy, cells: CellsOf, rules: RulesAt) -> Iterator[PolicyProblem]:
    """Grants of what the same roles are denied by a rule about the same object, at times."""
    for rule in policy.rules:
        if rule.effect == "allow" and not _denied_everywhere(rule, cells, rules):
            denials = {
                one.rule_id: one
                for cell in cells.of(rule)
                for one in rules.beside(rule, cell, "deny")
                if one.obj == rule.obj and meets(one, rule)
            }
            for one in denials.values():
                message = (
                    f"rule {rule.rule_id}: it contradicts {_named(one)}, which denies the same for "
                    "some purposes or times"
                )
                yield PolicyProblem(rule.line, message)


def _why_idle(rule: Rule, cells: CellsOf, rules: RulesAt, gone: set[str]) -> str:
    mine = cells.of(rule)
    if not mine:
        return _about_nothing(rule)
    if rule.effect == "allow" and (denials := _denied_everywhere(rule, cells, rules)):
        return f"unreachable: all that it grants is denied by {_listed(denials)}"
    shadows = _everywhere(mine, lambda cell: _shadow(rule, cell, rules, gone))
    return f"shadowed by {_listed(shadows)}: it adds nothing" if shadows else ""


def _about_nothing(rule: Rule) -> str:
    if rule.effect == "allow" and rule.obj.endswith("*"):
        return (
            f"unreachable: everything that {rule.obj} is about carries a tag, and a wildcard grants"
            " none of that: name the tags"
        )
    return f"unreachable: nothing is ever asked of {rule.obj}"


def _denied_everywhere(rule: Rule, cells: CellsOf, rules: RulesAt) -> list[Rule]:
    def denial(cell: Cell) -> Rule | None:
        found = rules.beside(rule, cell, "deny")
        return next((one for one in found if outlasts(one, rule)), None)

    return _everywhere(cells.of(rule), denial)


def _shadow(rule: Rule, cell: Cell, rules: RulesAt, gone: set[str]) -> Rule | None:
    for one in rules.beside(rule, cell, rule.effect):
        if one.rule_id not in gone and outlasts(one, rule) and hides(one) <= hides(rule):
            return one
    return None


def hides(rule: Rule) -> tuple[int, ...]:
    """A sort key: the smaller, the less a grant hides."""
    return (-1,) if rule.mask is None else openness(rule.mask)


def _everywhere(cells: Iterable[Cell], find: Callable[[Cell], Rule | None]) -> list[Rule]:
    """What is found in each of the cells, once each; nothing if there is one with none."""
    found: dict[str, Rule] = {}
    for cell in cells:
        one = find(cell)
        if one is None:
            return []
        found[one.rule_id] = one
    return sorted(found.values(), key=lambda one: one.line)


def _listed(rules: list[Rule]) -> str:
    names = ", ".join(map(_named, rules[:_NAMED_MOST]))
    more = len(rules) - _NAMED_MOST
    return f"{names} and {more} more" if more > 0 else names


def _named(rule: Rule) -> str:
    return f"{rule.rule_id} (line {rule.line})"

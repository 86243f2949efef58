"""Rules that grant more than may be meant."""

from __future__ import annotations

from collections.abc import Iterator

from c360_policy.errors import PolicyProblem
from c360_policy.rule import ANY, Policy, Rule
from c360_policy.schema.reach import is_item_part
from c360_policy.trying.cells import CellsOf, RulesAt, meets, outlasts
from c360_policy.trying.deciding import Ground
from c360_policy.trying.idle_rules import hides

_WRITES_ALL = (ANY, "Mutation.*")
_NAMED_MOST = 3


def unmasked(policy: Policy, cells: CellsOf, rules: RulesAt) -> Iterator[PolicyProblem]:
    """Masks that a grant of the same roles undoes in a part of what they are about."""
    for rule in policy.rules:
        if rule.mask is None:
            continue
        undone: dict[str, tuple[Rule, list[str]]] = {}
        for cell in cells.of(rule):
            for one in rules.beside(rule, cell, "allow"):
                if hides(one) < hides(rule) and meets(one, rule) and _lasts_less(one, rule, cells):
                    undone.setdefault(one.rule_id, (one, []))[1].append(cell[0])
        for one, names in undone.values():
            yield PolicyProblem(one.line, _unmasked(one, rule, sorted(set(names))))


def _lasts_less(one: Rule, rule: Rule, cells: CellsOf) -> bool:
    """Whether a part of the mask is left: where nothing is, the rule is told as shadowed."""
    return not outlasts(one, rule) or not cells.of(rule) <= cells.of(one)


def _unmasked(one: Rule, rule: Rule, names: list[str]) -> str:
    shows = "in clear" if one.mask is None else f"by {one.mask}"
    names_text = ", ".join(names[:_NAMED_MOST])
    return (
        f"rule {one.rule_id}: it undoes the mask {rule.mask} of {rule.rule_id} (line {rule.line}):"
        f" {names_text} is shown {shows}"
    )


def writes_everything(policy: Policy, ground: Ground) -> Iterator[PolicyProblem]:
    """Rights to write by wildcard: they are about every value, with whatever tag."""
    written = {
        tag for name, tags in ground.coordinates.items() if is_item_part(name) for tag in tags
    }
    for rule in policy.rules:
        if rule.act == "write" and rule.effect == "allow" and rule.obj in _WRITES_ALL:
            left = sorted(written - _denied_tags(policy, rule))
            if left:
                message = (
                    f"rule {rule.rule_id}: {rule.obj} lets every value be written, also those of"
                    f" {', '.join(f'tag:{tag}' for tag in left)}: deny the tags that are not meant"
                )
                yield PolicyProblem(rule.line, message)


def _denied_tags(policy: Policy, rule: Rule) -> set[str]:
    mine = policy.closure((rule.role,))
    return {
        one.obj.removeprefix("tag:")
        for one in policy.rules
        if one.role in mine
        and one.act == "write"
        and one.effect == "deny"
        and one.obj.startswith("tag:")
        and outlasts(one, rule)
    }

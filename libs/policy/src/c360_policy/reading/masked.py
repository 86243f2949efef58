"""Whether the mask of a rule can be put on what the rule names: a masked date has to be a date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from c360_policy.objects import Kind, kind_of
from c360_policy.rule import TAG_PREFIX, Rule
from c360_policy.table import Coordinates


class KeptTypes:
    """The values of a schema that masks are put on: their scalars and their tags."""

    def __init__(self, coordinates: Coordinates, leaves: Mapping[str, str]) -> None:
        self._leaves = {name: leaves[name] for name in sorted(leaves) if name in coordinates}
        self._tags = coordinates

    def refusal(self, rule: Rule) -> str | None:
        """Why the mask of a rule can stand for nothing that it names; None where it can."""
        if rule.mask is None:
            return None
        kept = [rule.mask.keeps_type(scalar) for _, scalar in self._named(rule)]
        if not kept or any(kept):
            return None
        return f"mask {rule.mask} keeps the type of nothing that {rule.obj!r} names"

    def doubt(self, rule: Rule) -> str | None:
        """What a mask on a tag can never show, since it would not keep its type."""
        if rule.mask is None or kind_of(rule.obj) is not Kind.TAG:
            return None
        lost = [name for name, scalar in self._named(rule) if not rule.mask.keeps_type(scalar)]
        if not lost:
            return None
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"mask {rule.mask} cannot keep the type of {lost[0]}{more}: null is shown there"

    def _named(self, rule: Rule) -> Iterator[tuple[str, str]]:
        tag = rule.obj.removeprefix(TAG_PREFIX)
        for name, scalar in self._leaves.items():
            match kind_of(rule.obj):
                case Kind.TAG:
                    is_named = tag in self._tags[name]
                case Kind.COORDINATE:
                    is_named = name == rule.obj
                case Kind.TYPE:
                    is_named = name.startswith(rule.obj[:-1]) and not self._tags[name]
                case _:
                    is_named = not self._tags[name]
            if is_named:
                yield name, scalar

"""How many people an identifier is carried by, as far as other identifiers tell them apart.

A placeholder that no list knows is carried by people who share nothing else.
The many records of one person share what they carry, or carry nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey


class People:
    """Counts over one solve's evidence: what each record carries, and who carries what."""

    def __init__(
        self,
        carried: Mapping[RecordKey, Collection[Identifier]],
        holders: Mapping[Identifier, int],
        generic: Collection[Identifier],
        rules: Rules,
    ) -> None:
        self._carried = carried
        self._holders = holders
        self._generic = generic
        self._rules = rules

    def separated(self, identifier: Identifier, groups: Iterable[Sequence[RecordKey]]) -> int:
        """How many of these groups of records, which all carry the identifier, are other people.

        Groups that share a telling identifier are one; a group without any counts for nobody.
        """
        heads: dict[Identifier, int] = {}
        parents: list[int] = []
        for members in groups:
            telling = {i for m in members for i in self._carried[m] if self._tells(i)}
            telling = {i for i in telling if not self._says_the_same(i, identifier)}
            if telling:
                mine = len(parents)
                parents.append(mine)
                for other in telling:
                    parents[_root(parents, heads.setdefault(other, mine))] = _root(parents, mine)
        return sum(1 for number, parent in enumerate(parents) if number == parent)

    def _says_the_same(self, one: Identifier, other: Identifier) -> bool:
        """Whether one is the other, or one of the two is made of values like the other."""
        base = self._rules.base
        return one == other or (one.type != other.type and base(one.type) == base(other.type))

    def _tells(self, identifier: Identifier) -> bool:
        """Whether it names one person whatever else is so: few carry it, and it is no machine."""
        rules = self._rules
        return (
            rules.types[identifier.type].personal
            and identifier not in self._generic
            and not rules.over_fan(identifier.type, self._holders[identifier])
        )


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = number = parents[parents[number]]
    return number

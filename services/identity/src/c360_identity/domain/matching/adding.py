"""How what comparisons tell adds up: what says the same thing counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_identity.domain.matching.model import Model

Told = tuple[int, Sequence[float]]
"""The place of a comparison in forms, and the bits of its parts."""


class Adding:
    """Adds by a model. `group_of` numbers the comparisons, by place, that say one thing."""

    def __init__(self, model: Model) -> None:
        self._prior = model.prior
        places = {one.name: place for place, one in enumerate(model.comparisons)}
        self.group_of: Mapping[int, int] = {
            places[name]: number for number, names in enumerate(model.dependent) for name in names
        }

    def total(self, told: Iterable[Told]) -> float:
        """The bits of a pair, told by place: sums of fractions depend on the order."""
        return sum(self.things(told), self._prior)

    def things(self, told: Iterable[Told]) -> Sequence[float]:
        """The bits of each thing told: of a comparison, or of several that say one thing."""
        found: list[float] = []
        together: dict[int, list[float]] = {}
        for place, bits in told:
            worth, group = sum(bits), self.group_of.get(place)
            if group is None:
                found.append(worth)
            else:
                together.setdefault(group, []).append(worth)
        return [*found, *(once(together[group]) for group in sorted(together))]


def once(bits: Sequence[float]) -> float:
    """What comparisons that say one thing are worth together.

    Who lives in one house lives in one city, and who lives in another city lives in another house:
    the strongest in favour holds the others, and so does the strongest against.
    """
    return max(0.0, *bits) + min(0.0, *bits)

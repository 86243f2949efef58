"""Which places of an answer a plan asks for, and of whom."""

from __future__ import annotations

from collections.abc import Iterable

from c360_federation.plan.model import Path, Plan, RequestedField


class RequestedPlaces:
    """Looks places up by their response keys."""

    def __init__(self, plan: Plan) -> None:
        self._found: dict[tuple[str, ...], list[tuple[frozenset[str] | None, str]]] = {}
        for fetch in plan.fetches:
            self._note(fetch.subgraph, (), fetch.requested, None)
            for call in fetch.calls:
                self._note(
                    fetch.subgraph, call.place(), call.requested, _types_at_the_end(call.path)
                )

    def _note(
        self,
        subgraph: str,
        place: tuple[str, ...],
        requested: Iterable[RequestedField],
        among: frozenset[str] | None,
    ) -> None:
        for one in requested:
            types = (
                one.types if among is None else among if one.types is None else among & one.types
            )
            self._found.setdefault((*place, one.key), []).append((types, subgraph))
            self._note(subgraph, (*place, one.key), one.children, None)

    def holds(self, place: tuple[str, ...], owners: Iterable[str]) -> bool:
        """Whether this is asked for, of each of these types of object."""
        found = self._found.get(place, ())
        return any(types is None or types.issuperset(owners) for types, _ in found)

    def service_at(self, place: tuple[str | int, ...]) -> str | None:
        """The one subgraph that is asked for a place; None when there are several."""
        keys = tuple(step for step in place if isinstance(step, str))
        services = {subgraph for _, subgraph in self._found.get(keys, ())}
        return services.pop() if len(services) == 1 else None


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _types_at_the_end(path: Path) -> frozenset[str] | None:
    found: frozenset[str] | None = None
    for step in reversed(path):
        if isinstance(step, str):
            break
        found = _common(found, step)
    return found

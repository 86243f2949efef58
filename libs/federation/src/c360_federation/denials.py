"""Denials as error entries: each coordinate once, where the caller's answer has its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from c360_federation.errors import ErrorEntry, entry
from c360_federation.policy import DeniedUse

_Path = tuple[str, ...]


def denial_entries(denied: Iterable[DeniedUse], lists: Collection[_Path]) -> list[ErrorEntry]:
    """One entry per coordinate and place.

    A path that names a field inside a list has to say which element (GraphQL, 7.1.2), and a denial
    holds for all of them: the place is the deepest that is in no list. `lists` are the response
    paths whose values are lists.
    """
    entries: dict[tuple[_Path, str, str], ErrorEntry] = {}
    for one in denied:
        place = _outside_lists(one.path, lists)
        slot = (place, one.denial.code, one.use.coordinate)
        if slot not in entries:
            extensions = {**one.denial.extensions, "coordinates": [one.use.coordinate]}
            entries[slot] = entry(one.denial.code, one.denial.message, place, **extensions)
    return list(entries.values())


def _outside_lists(path: _Path, lists: Collection[_Path]) -> _Path:
    for length in range(1, len(path)):
        if path[:length] in lists:
            return path[:length]
    return path

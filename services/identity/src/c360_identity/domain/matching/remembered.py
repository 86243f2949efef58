"""Forms of many records, remembered in a few bytes each."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Sequence
from typing import Any

from c360_identity.domain.matching.kind import Kind
from c360_identity.domain.matching.scoring import Forms

_BYTES = 16


class RememberedForms:
    """Forms by the text that they are made of, the latest `most` texts at least half of them.

    Forms are kept as bytes, a tenth of what they take as objects, and texts by their hash: whoever
    is compared is compared with records that came long before, so that many have to be remembered.
    Two generations take turns; no order is kept.
    """

    def __init__(self, make: Callable[[str], Forms], kinds: Sequence[Kind], most: int) -> None:
        self._make = make
        self._named = [(place, kind) for place, kind in enumerate(kinds) if kind.has_names]
        self._half = most // 2
        self._young: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}

    def __call__(self, text: str) -> Forms:
        """The forms of a text."""
        key = hashlib.blake2b(text.encode(), digest_size=_BYTES).digest()
        held = self._young.get(key)
        if held is not None:
            return self._restored(held)
        held = self._old.get(key)
        if held is not None:
            self._keep(key, held)
            return self._restored(held)
        made = self._make(text)
        self._keep(key, marshal.dumps(self._plain(made)))
        return made

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _keep(self, key: bytes, held: bytes) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = held

    def _plain(self, made: Forms) -> list[Any]:
        """Tuples without names, which is what bytes can hold."""
        plain: list[Any] = list(made)
        for place, kind in self._named:
            if plain[place] is not None:
                plain[place] = kind.plain(plain[place])
        return plain

    def _restored(self, held: bytes) -> Forms:
        made: list[Any] = marshal.loads(held)
        for place, kind in self._named:
            if made[place] is not None:
                made[place] = kind.restored(made[place])
        return tuple(made)

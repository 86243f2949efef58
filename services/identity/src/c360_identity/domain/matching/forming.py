"""What of a record is compared: its values as a text, which is kept, and their forms."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_identity.domain.matching.blocking import Blocking, Blocks
from c360_identity.domain.matching.kind import Form
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.remembered import RememberedForms
from c360_identity.domain.matching.scoring import Forms

_AT_HAND = 1 << 13
"""Of the records that a batch is about, and of those that they are compared with."""
_REMEMBERED = 1 << 16
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Portrait(NamedTuple):
    """The forms of a record, and what of all that is compared it says: a bit for each place."""

    forms: Forms
    said: int


class Forming:
    """Values, forms and blocks by one model. Pure: equal texts have equal forms and blocks."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._blocking = Blocking(model)
        self._made_of = [(one.kind.form, one.fields) for one in model.comparisons]
        self._places: defaultdict[str, set[int]] = defaultdict(set)
        for place, one in enumerate(model.comparisons):
            for name in chain(*one.fields):
                self._places[name].add(place)
        kinds = [one.kind for one in model.comparisons]
        self._remembered = RememberedForms(self._forms, kinds, _REMEMBERED)
        self.portrait = lru_cache(_AT_HAND)(self._portrait)

    @cached_property
    def contacts(self) -> frozenset[str]:
        """The compared identifier types by which alone a block finds whoever shares one."""
        alone = {rule[0].removesuffix(".all") for rule in self._model.blocks if len(rule) == 1}
        fields = (n for c in self._model.comparisons if c.name in alone for n in c.fields[0])
        return frozenset(n.partition(".")[2] for n in fields if "." in n)

    def contact_keys(self, text: str) -> Set[int]:
        """The blocks that hold whoever has a contact of these values."""
        return self._blocking.keys_at(self.forms(text), self.contact_places).keys()

    def forms(self, text: str) -> Forms:
        """The forms of what a record says."""
        return self.portrait(text).forms

    def keys(self, text: str) -> Blocks:
        """The blocks of what a record says."""
        return self._blocking.keys(self.forms(text))

    def text(self, traits: Iterable[tuple[str, str]], carried: Iterable[Identifier]) -> str:
        """The values of a record as one text; "" of one that says nothing that is compared."""
        types = self._model.identifiers
        named = [[f"identifiers.{one.type}", one.value] for one in carried if one.type in types]
        said = [*map(list, traits), *named]
        return _encode(sorted(said)) if said else ""

    def _portrait(self, text: str) -> Portrait:
        forms = self._remembered(text)
        return Portrait(forms, sum([1 << n for n, one in enumerate(forms) if one is not None]))

    def _forms(self, text: str) -> Forms:
        values: dict[str, list[str]] = {}
        for name, value in json.loads(text) if text else ():
            values.setdefault(name, []).append(value)
        forms: list[Form | None] = [None] * len(self._made_of)
        for place in {place for name in values for place in self._places.get(name, ())}:
            form, fields = self._made_of[place]
            forms[place] = form(
                [[v for name in names if name in values for v in values[name]] for names in fields]
            )
        return tuple(forms)

    def share(self, one: Forms, other: Forms, both: int) -> bool:
        """Whether two records of whom `both` is said have a contact in common."""
        for place, bit in self._contact_bits:
            if both & bit:
                mine: Form = one[place]
                theirs: Form = other[place]
                if any(contact in theirs for contact in mine):
                    return True
        return False

    @cached_property
    def _contact_bits(self) -> Sequence[tuple[int, int]]:
        return [(place, 1 << place) for place in self.contact_places]

    @cached_property
    def contact_places(self) -> tuple[int, ...]:
        """At which places of forms contacts are."""
        wanted = {f"identifiers.{name}" for name in self.contacts}
        compared = enumerate(self._model.comparisons)
        return tuple(n for n, one in compared if not wanted.isdisjoint(one.fields[0]))


class FormsOf(Mapping[RecordKey, Forms]):
    """The forms of records by what they say, each made when it is asked for."""

    def __init__(self, said: Mapping[RecordKey, str], form: Callable[[str], Forms]) -> None:
        self._said = said
        self._form = form

    @override
    def __getitem__(self, record: RecordKey) -> Forms:
        return self._form(self._said[record])

    @override
    def __contains__(self, record: object) -> bool:
        return record in self._said

    @override
    def __iter__(self) -> Iterator[RecordKey]:
        return iter(self._said)

    @override
    def __len__(self) -> int:
        return len(self._said)

"""What matching remembers is bounded, and tells what was made."""

from __future__ import annotations

import json
import sys
from random import Random

from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.kind_address import Address
from c360_identity.domain.matching.kinds import KINDS
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.matching.names import Name, Part
from c360_identity.domain.matching.remembered import RememberedForms
from c360_identity.domain.matching.scoring import Scorer

MODEL = default_model()
FORMING = Forming(MODEL)
SAID = {
    "name": ("Ann Roe", "欧阳建国", "Roe, Ann Marie Jr", "Zoë O’Neill"),
    "birthDate": ("1980-05-17", "1961-07-01"),
    "address": ("12 Elm Road", "人民路3号2单元"),
    "city": ("Leeds", "深圳市"),
    "identifiers.phone": ("+8615069162137", "+442079460000"),
    "identifiers.email": ("ann@mail.example",),
    "gender": ("female",),
}


def text_of(chance: Random) -> str:
    told = [[name, chance.choice(values)] for name, values in SAID.items() if chance.random() < 0.6]
    return json.dumps(sorted([*told, ["occupation", f"trade {chance.randrange(10**6)}"]]))


def remembered(most: int) -> tuple[RememberedForms, list[str]]:
    made: list[str] = []
    forming = Forming(MODEL)

    def make(text: str):
        made.append(text)
        return forming.forms(text)

    return RememberedForms(make, [one.kind for one in MODEL.comparisons], most), made


def test_what_is_remembered_is_what_was_made_in_its_own_types() -> None:
    forms, made = remembered(64)
    texts = [text_of(Random(n)) for n in range(32)]
    first = [forms(text) for text in texts]
    again = [forms(text) for text in texts]
    assert made == texts
    assert again == first
    kinds = {type(one) for each in again for one in each}
    assert {Name, Address, str, tuple} < kinds
    names = [one for each in again for one in each if isinstance(one, Name)]
    assert all(isinstance(p, Part) for n in names for p in (n.family, n.given) if p is not None)


def test_a_score_is_the_same_by_what_is_remembered() -> None:
    forms, _ = remembered(64)
    scorer = Scorer(MODEL)
    texts = [text_of(Random(n)) for n in range(16)]
    made = [FORMING.forms(text) for text in texts]
    held = [(forms(text), forms(text))[1] for text in texts]
    bits = [[scorer.score(a, b) for b in each] for each in (made, held) for a in each]
    assert bits[: len(texts)] == bits[len(texts) :]


def test_no_more_is_remembered_than_is_allowed_and_what_is_used_stays() -> None:
    forms, made = remembered(20)
    kept = text_of(Random(0))
    for number in range(1, 200):
        forms(kept)
        forms(text_of(Random(number)))
        assert len(forms) <= 20
    assert made.count(kept) == 1


def test_a_remembered_record_takes_few_bytes() -> None:
    forms, _ = remembered(2_000)
    for number in range(1_000):
        forms(text_of(Random(number)))
    held = [*forms._young.items(), *forms._old.items()]  # pyright: ignore[reportPrivateUsage]
    assert len(held) == 1_000
    assert sum(sys.getsizeof(part) for item in held for part in item) / 1_000 < 300


def test_a_kind_says_nothing_where_nothing_is_said() -> None:
    for kind in KINDS.values():
        assert kind.form([[] for _ in range(kind.places)]) is None

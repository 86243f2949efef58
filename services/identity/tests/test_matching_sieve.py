"""What the sieve lets through has the bits that a score has; what it lets go has fewer."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.model import Frequencies, Model, term_hash
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.matching.scoring import Scorer
from c360_identity.domain.matching.sieve import Sieve
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.weighing import Weighing
from c360_identity.store.matching_port import Match
from c360_kernel.evidence.model import Pair
from c360_kernel.record import Identifier, RecordKey

MODEL = default_model()
SAID = {
    "name": ("Ann Roe", "Anne Roe", "Roe, Bob", "王小明", "WANG XIAOMING", "Guest 1", "Guest 2"),
    "birthDate": ("1980-05-17", "1980-05-18", "1980-17-05", "1961-07-01"),
    "address": ("12 Elm Road", "12 Elm Rd", "Elm Road", "99 Elm Road", "人民路3号", "9 Oak Street"),
    "city": ("Leeds", "York"),
    "postalCode": ("LS1 4AP", "LS1 4AQ", "YO1 7HH"),
    "gender": ("female", "male"),
    "company": ("Acme", "Acme Ltd"),
}
CARRIED = {
    "phone": ("+442079460000", "+442079460001", "+8615069162137"),
    "email": ("ann@mail.example", "amn@mail.example", "bob@mail.example"),
    "national_id": ("11010519491231002X", "110105194912310021"),
}


def text_of(chance: Random, forming: Forming) -> str:
    traits = [(n, chance.choice(held)) for n, held in SAID.items() if chance.random() < 0.6]
    carried = [
        Identifier(n, chance.choice(held)) for n, held in CARRIED.items() if chance.random() < 0.5
    ]
    return forming.text(traits, carried)


def with_counted_cities(model: Model) -> Model:
    """A model in which the frequency of a place counts, too."""
    counted = {"": Frequencies(1000, {term_hash("leeds"): 400})}
    compared = (
        replace(one, frequencies=counted) if one.name == "city" else one
        for one in model.comparisons
    )
    return replace(model, comparisons=tuple(compared))


@pytest.mark.parametrize("model", [MODEL, with_counted_cities(MODEL)], ids=["shipped", "counted"])
@pytest.mark.parametrize("least", [-60.0, -2.0, 2.5, 20.0])
def test_what_has_enough_bits_is_let_through_with_them_and_nothing_else(
    model: Model, least: float
) -> None:
    chance, forming, scorer = Random(7), Forming(model), Scorer(model)
    sieve = Sieve(scorer, least)
    portraits = [forming.portrait(text_of(chance, forming)) for _ in range(60)]
    through = 0
    for (one, mine), (other, theirs) in combinations(portraits, 2):
        bits = scorer.bits(one, other)
        found = sieve.weighed(one, other, mine & theirs)
        assert (found and found.bits) == (bits if bits >= least else None)
        through += found is not None
    assert through > 0


def test_who_is_weighed_is_evidence_and_apart_as_a_scorer_says() -> None:
    chance, matching = Random(8), Matching(MODEL)
    forming, scorer = matching.forming, matching.scorer
    said = {RecordKey("crm", f"{n}"): text_of(chance, forming) for n in range(80)}
    weighing = Weighing(scorer, matching.sieve, forming, said)
    expected: dict[Pair, Match] = {}
    apart: set[RecordKey] = set()
    for pair in combinations(sorted(said), 2):
        one, other = (forming.forms(said[key]) for key in pair)
        weighing.weigh(pair[1], [pair[0]])
        bits = scorer.bits(one, other)
        if bits >= MODEL.review:
            expected[pair] = Match(bits, scorer.is_evidence(one, other, bits))
        contacts = [forming.contact_keys(said[key]) for key in pair]
        if not contacts[0].isdisjoint(contacts[1]) and scorer.are_apart(one, other):
            apart.update(pair)
    assert weighing.found == expected
    assert weighing.apart == apart
    assert 0 < sum(match.accepted for match in expected.values()) < len(expected)
    assert 0 < len(apart) < len(said)

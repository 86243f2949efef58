"""Likeness as evidence: the weakest, order-neutral, and refused where something tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations
from random import Random

from c360_identity.domain.matching.blocking import Blocking
from c360_identity.domain.matching.likeness import FormLikeness
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.matching.scoring import Forms, Scorer
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.evidence.model import StewardDecision, pair_of
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, Matches, Partition, solve
from c360_kernel.record import Identifier, RecordKey

MODEL = default_model()
SCORER = Scorer(MODEL)
RULES = Rules.of(default_catalog().identifiers)


def forms_of(model: Model, **told: str) -> Forms:
    """The forms of a record that says this; `phone`, `email` and `passport` are identifiers."""
    values = {k: [v] for k, v in told.items()}
    values |= {f"identifiers.{k}": v for k, v in values.items()}
    return tuple(
        one.kind.form([[v for name in names for v in values.get(name, [])] for names in one.fields])
        for one in model.comparisons
    )


def key(name: str) -> RecordKey:
    return RecordKey("crm", name)


class World:
    """Records as they came, with what they say and carry."""

    def __init__(self) -> None:
        self.ages: dict[RecordKey, str] = {}
        self.forms: dict[RecordKey, Forms] = {}
        self.edges: list[Edge] = []
        self.rulings: dict[tuple[RecordKey, RecordKey], StewardDecision] = {}

    def add(self, record: str, carries: str = "", **told: str) -> None:
        self.ages[key(record)] = f"{len(self.ages):04d}"
        self.forms[key(record)] = forms_of(MODEL, **told)
        for one in carries.split():
            kind, _, value = one.partition(":")
            self.edges.append(Edge(0, self.ages[key(record)], Identifier(kind, value), key(record)))

    def solve(self, order: Sequence[RecordKey] | None = None) -> Partition:
        names = order or list(self.ages)
        accepted = {
            pair_of(a, b): bits
            for a, b in combinations(names, 2)
            if SCORER.is_evidence(
                self.forms[a], self.forms[b], bits := SCORER.bits(self.forms[a], self.forms[b])
            )
        }
        matches = Matches(FormLikeness(SCORER, self.forms), accepted)
        ages = {name: self.ages[name] for name in names}
        return solve(Evidence(ages, self.edges, self.rulings, matches=matches), RULES)

    def together(self, *names: str) -> bool:
        seeds = self.solve().seeds
        return len({seeds[key(name)] for name in names}) == 1


def test_a_likeness_joins_what_no_identifier_does() -> None:
    world = World()
    world.add("a", name="王小明", birthDate="1988-12-19", city="南京")
    world.add("b", name="WANG XIAOMING", birthDate="1988-12-19", city="南京")
    world.add("c", name="王小明", birthDate="1966-01-02", city="南京")
    assert world.together("a", "b")
    assert not world.together("a", "c")


def test_a_digit_typed_wrong_in_a_phone() -> None:
    world = World()
    world.add("a", "phone:+8613912345678", name="王小明", phone="+8613912345678")
    world.add("b", "phone:+8613912345679", name="王晓明", phone="+8613912345679")
    world.add("c", "phone:+8613912345670", name="李强", phone="+8613912345670")
    assert world.together("a", "b")
    assert not world.together("a", "c")


def test_a_rare_name_and_its_town_may_be_a_namesake() -> None:
    world = World()
    town = {"city": "Reno", "postalCode": "89501", "gender": "female", "company": "Northwind"}
    world.add("a", name="Ottilie Vanterpool", **town)
    world.add("b", name="Ottilie Vanterpool", **town)
    one, other = (world.forms[key(name)] for name in "ab")
    assert SCORER.bits(one, other) > MODEL.accept
    assert not world.together("a", "b")
    world.add("c", name="Ottilie Vanterpool", birthDate="1990-03-15", **town)
    world.add("d", name="Ottilie Vanterpool", birthDate="1990-03-15")
    assert world.together("c", "d")


def test_other_houses_of_one_street_are_nothing_in_favour() -> None:
    streets = [{"address": text} for text in ("12 Elm Road", "99 Elm Road", "Elm Road")]
    one, other, street = (forms_of(MODEL, name="Ann Roe", **said) for said in streets)
    without = forms_of(MODEL, name="Ann Roe")
    assert SCORER.bits(one, other) <= SCORER.bits(one, without)
    assert SCORER.bits(one, street) > SCORER.bits(one, without)


def test_a_city_and_its_postal_code_count_once() -> None:
    here = {"city": "Reno", "postalCode": "89501"}
    there = {"city": "Leeds", "postalCode": "LS1 4AP"}

    def bits(one: dict[str, str], other: dict[str, str]) -> float:
        return SCORER.bits(*(forms_of(MODEL, name="Ann Roe", **said) for said in (one, other)))

    def alone(one: dict[str, str], other: dict[str, str]) -> list[float]:
        return [bits({name: one[name]}, {name: other[name]}) for name in one]

    assert bits(here, here) == max(alone(here, here))
    assert bits(here, there) == min(alone(here, there))
    both, city = forms_of(MODEL, **here), forms_of(MODEL, city="Reno")
    assert list(filter(None, SCORER.row(both, both))) == list(filter(None, SCORER.row(city, both)))


def test_different_passports_tell_apart_whoever_looks_alike() -> None:
    world = World()
    said = {"name": "Ann Roe", "birthDate": "1988-12-19", "address": "7 Elm Road"}
    world.add("a", "passport:US:1", **said)
    world.add("b", "passport:US:2", **said)
    found = world.solve()
    assert not world.together("a", "b")
    assert found.refused_matches == {pair_of(key("a"), key("b"))}


def test_a_steward_is_obeyed() -> None:
    world = World()
    said = {"name": "Ann Roe", "birthDate": "1988-12-19", "address": "7 Elm Road"}
    world.add("a", **said)
    world.add("b", **said)
    assert world.together("a", "b")
    pair = pair_of(key("a"), key("b"))
    world.rulings[pair] = StewardDecision("d", "not_same", pair, "1")
    assert not world.together("a", "b")


def test_two_people_who_share_a_phone_are_two() -> None:
    world = World()
    world.add("a", "phone:1", name="Edward Kusha", birthDate="1970-03-01")
    world.add("b", "phone:1", name="Mark Kusha", birthDate="1997-09-28")
    world.add("c", "phone:1", name="Eddie Kusha")
    assert not world.together("a", "b")
    assert world.together("a", "c")
    assert world.solve().refused == {(key("b"), Identifier("phone", "1"))}


def test_twins_and_father_and_son_are_two() -> None:
    world = World()
    home = {"address": "7 Elm Road", "city": "Reno", "postalCode": "89501"}
    world.add("a", name="John Smith", birthDate="1990-03-15", **home)
    world.add("b", name="Patricia Smith", birthDate="1990-03-15", **home)
    world.add("c", name="John Smith Jr", birthDate="1958-07-02", **home)
    assert len(set(world.solve().seeds.values())) == 3


def test_whoever_is_like_two_people_is_neither() -> None:
    world = World()
    home = {"address": "3212 W. 32nd St Palm Harbor"}
    world.add("old", name="John Smith", birthDate="1970-10-10", **home)
    world.add("young", name="John Smith", birthDate="1990-03-15", **home)
    world.add("which", name="John Smith", **home)
    assert len(set(world.solve().seeds.values())) == 3
    del world.ages[key("young")], world.forms[key("young")]
    assert world.together("old", "which")


def test_no_order_of_arrival_changes_anything() -> None:
    chance = Random(5)
    for _ in range(40):
        world = _random_world(chance)
        expected = world.solve()
        orders = list(permutations(world.ages)) if len(world.ages) < 4 else []
        for order in orders or [chance.sample(list(world.ages), len(world.ages)) for _ in range(3)]:
            assert world.solve(order) == expected


def test_no_two_papers_of_one_kind_ever_share_a_customer() -> None:
    chance = Random(6)
    joined = 0
    for _ in range(60):
        world = _random_world(chance)
        found = world.solve()
        joined += len(found.joined_pairs)
        held: dict[RecordKey, set[str]] = {}
        for edge in world.edges:
            if edge.identifier.type == "national_id":
                held.setdefault(found.seeds[edge.record], set()).add(edge.identifier.value)
        assert all(len(values) == 1 for values in held.values())
    assert joined > 20


def _random_world(chance: Random) -> World:
    world = World()
    for number in range(chance.randint(2, 9)):
        carries = [*chance.sample(["national_id:1", "national_id:2"], chance.randint(0, 1))]
        carries += chance.sample(["phone:1", "phone:2", "device:1"], chance.randint(0, 2))
        world.add(
            f"r{number}",
            " ".join(carries),
            name=chance.choice(["Ann Roe", "Anne Roe", "Roe Ann", "Bob Roe", "Robert Roe"]),
            **({"birthDate": chance.choice(["1990-03-15", "1990-15-03"])} if number % 2 else {}),
            address=chance.choice(["7 Elm Road", "7 Elm Rd", "9 Elm Road"]),
        )
    return world


def test_who_looks_alike_shares_a_block() -> None:
    blocking = Blocking(MODEL)
    pairs = [
        (
            {"name": "王小明", "phone": "+8613912345678"},
            {"name": "WANG XIAOMING", "phone": "+8613912345679"},
        ),
        (
            {"name": "Ann Roe", "birthDate": "1978-12-11"},
            {"name": "Ann Roe", "birthDate": "1978-11-12"},
        ),
        ({"email": "ann.roe1@mail.example"}, {"email": "ann.roe1@mail.exampel"}),
        ({"name": "Ann Roe", "address": "7 Elm Road"}, {"name": "A Roe", "address": "7 Elm Rd"}),
    ]
    for one, other in pairs:
        a, b = forms_of(MODEL, **one), forms_of(MODEL, **other)
        assert blocking.keys(a).keys() & blocking.keys(b).keys()


def test_of_two_likenesses_that_exclude_each_other_the_stronger_holds() -> None:
    """Whichever names come first: pairs go from the most alike to the least."""
    said = {"name": "Ann Rosewood", "birthDate": "1988-12-19"}
    for best, worse in (("a", "c"), ("c", "a")):
        world = World()
        world.add(best, "passport:US:1", address="7 Elm Road", city="Reno", **said)
        world.add("b", address="7 Elm Road", city="Reno", **said)
        world.add(worse, "passport:US:2", city="Leeds", **said)
        assert world.together(best, "b")
        assert not world.together(worse, "b")
        assert pair_of(key("b"), key(worse)) in world.solve().refused_matches

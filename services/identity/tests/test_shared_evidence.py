"""People who share a browser, a telephone or a number of before, as the default catalog and model
have them: likeness is evidence, and joins nobody whom numbers, names or dates of birth tell apart.

Each world is told in many orders and batches, and comes to the same customers in each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

import pytest
from c360_identity.bootstrap import build, id_key
from c360_identity.graph.directory import CustomerLookup
from c360_identity.settings import IdentitySettings
from c360_identity.testing.entries import tracked, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import cut
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.normalizers import normalizers_of
from c360_kernel.catalog.values import check_traits, trait_identifiers
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.log.entry import Entry
from c360_kernel.projection.service import DerivingService
from c360_kernel.record import Identifier, RecordKey

KEY = b"an instance key of some length"
CATALOG = default_catalog()
IDS = customer_ids(id_key(KEY))
_ORDERS = 6


@dataclass(frozen=True)
class Said:
    """What a source says of somebody, or that something happened (`event`)."""

    key: str
    carries: str = ""
    traits: Mapping[str, str] = field(default_factory=dict[str, str])
    observed_at: int = 1_000
    event: str = ""

    def entry(self, at: int) -> Entry:
        """As a collector appends it, the `at`th."""
        if self.event:
            return tracked(at, self.key, self.event, self.carries, occurred_at=self.observed_at)
        traits = check_traits(CATALOG, dict(self.traits)).values
        named = [f"{i.type}:{i.value}" for i in trait_identifiers(CATALOG, traits)]
        carries = " ".join([self.carries, *named]).strip()
        return upserted(at, self.key, carries, traits=traits, observed_at=self.observed_at)


@cache
def service() -> DerivingService:
    """Identity as it is built without a setting; its store is never opened."""
    return build(IdentitySettings(data=Path()), CATALOG, KEY)


async def told(entries: Sequence[Entry], sizes: Sequence[int]) -> MemoryIdentityStore:
    """Those who come of these, taken in batches of these sizes."""
    store = MemoryIdentityStore(IDS)
    for batch in cut(entries, sizes):
        async with store.unit() as unit:
            await service().handler.handle(unit, batch)
    return store


async def customers(store: MemoryIdentityStore, said: Collection[Said]) -> set[frozenset[str]]:
    """The records of each customer."""
    records = await store.records({RecordKey.parse(one.key) for one in said})
    of: dict[RecordKey | None, set[str]] = {}
    for key, record in records.items():
        of.setdefault(record.seed, set()).add(str(key))
    assert None not in of
    return {frozenset(one) for one in of.values()}


async def in_every_order(world: Sequence[Said], *, is_stamped: bool = False) -> set[frozenset[str]]:
    """What they come to in each of many orders and batches, stamped as they came or are listed."""
    found: list[set[frozenset[str]]] = []
    listed = [one.entry(at) for at, one in enumerate(world, 1)]
    for number in range(_ORDERS):
        chance, order = Random(number), list(range(len(world)))
        if number:
            chance.shuffle(order)
        came = [world[place].entry(at) for at, place in enumerate(order, 1)]
        entries = [listed[place] for place in order] if is_stamped else came
        store = await told(entries, [chance.randint(1, 4) for _ in range(3)])
        found.append(await customers(store, world))
    assert all(one == found[0] for one in found), found
    return found[0]


def apart(found: set[frozenset[str]], *people: Collection[str]) -> bool:
    """Whether each of these people is one customer, and no two are the same one."""
    owners = [{one for one in found if not one.isdisjoint(records)} for records in people]
    return all(len(one) == 1 for one in owners) and len(set.union(*owners)) == len(people)


_NAMES = {
    "strangers": ("Martha Kessel", "Jonas Brandt", "Ilse Voigt"),
    "one family": ("Paula Hagemann", "Peter Hagemann", "Pauline Hagemann"),
    "of one name": ("张伟", "张伟", "张伟"),
    "Chinese": ("陈思雨", "林浩然", "赵一诺"),
}


@pytest.mark.parametrize("names", _NAMES.values(), ids=_NAMES)
@pytest.mark.parametrize("people", [2, 3])
@pytest.mark.parametrize("kind", ["account", "crm_id", "member_card"])
@pytest.mark.parametrize("machine", ["cookie", "device"])
@pytest.mark.parametrize("is_by_events", [True, False])
async def test_people_who_log_in_on_one_browser_stay_as_many_as_they_are(
    names: Sequence[str],
    people: int,
    kind: str,
    machine: str,
    *,
    is_by_events: bool,
) -> None:
    """The visit before any log-in is anybody's, what each did after theirs is nobody else's."""
    visit = f"{machine}:in-the-library-hall"
    world = [Said("web/visitor", visit, observed_at=500, event="m0")]
    for number, name in enumerate(names[:people]):
        own = f"{kind}:login-{number}-77"
        traits = {"name": name, "email": f"p{number}.k@mail.example"}
        carried = own if is_by_events else f"{own} {visit}"
        world.append(Said(f"web/person-{number}", carried, traits, 1_000 + number))
        if is_by_events:
            at = 2_000 + 1_000 * number
            seen = Said(f"web/person-{number}", f"{visit} {own}", {}, at, event=f"m{number + 1}")
            world.append(seen)
    found = await in_every_order(world, is_stamped=True)
    assert apart(found, *([f"web/person-{number}"] for number in range(people)))


FAMILIES = {
    "Chinese": [
        ("周建军", "1958-04-11", "male", ""),
        ("吴桂兰", "1961-09-30", "female", ""),
        ("周子轩", "1989-12-05", "male", ""),
    ],
    "of one surname": [
        ("Walter Lindqvist", "1949-01-20", "male", ""),
        ("Greta Lindqvist", "1952-06-02", "female", ""),
        ("Oskar Lindqvist", "1980-10-17", "male", ""),
    ],
    "of one address": [
        ("Marek Zielinski", "1970-03-08", "male", "14 Harbour Lane"),
        ("Anna Zielinska", "1972-11-23", "female", "14 Harbour Lane"),
        ("Marta Zielinska", "2001-05-19", "female", "14 Harbour Lane"),
    ],
    "father and son of one name": [
        ("Henry Ashdown", "1955-02-14", "male", "3 Mill Row"),
        ("Henry Ashdown", "1984-08-29", "male", "3 Mill Row"),
        ("Ruth Ashdown", "1957-07-07", "female", "3 Mill Row"),
    ],
}


def _family(members: Sequence[tuple[str, str, str, str]], phone: str, kind: str) -> list[Said]:
    world: list[Said] = []
    for number, (name, born, gender, address) in enumerate(members):
        traits = {"name": name, "birthDate": born, "gender": gender, "phone": phone}
        traits |= {"address": address} if address else {}
        carries = f"{kind}:F{number}-5521" if kind else ""
        world.append(Said(f"crm/family-{number}", carries, traits))
    return world


@pytest.mark.parametrize("members", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("phone", ["0755-26660911", "+44 20 7946 0911", "13912340911"])
@pytest.mark.parametrize("kind", ["crm_id", "account", ""])
async def test_a_family_on_one_telephone_is_as_many_as_it_is(
    members: Sequence[tuple[str, str, str, str]], phone: str, kind: str
) -> None:
    world = _family(members, phone, kind)
    found = await in_every_order(world)
    assert found == {frozenset([one.key]) for one in world}


@pytest.mark.parametrize("members", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("who", range(3))
async def test_one_of_the_family_who_comes_again_is_known(
    members: Sequence[tuple[str, str, str, str]], who: int
) -> None:
    """In the web shop, with the same telephone, name and date of birth."""
    world = _family(members, "0755-26660911", "crm_id")
    again = Said("web/again", "account:shop-1-77", dict(world[who].traits))
    found = await in_every_order([*world, again])
    others = [[one.key] for number, one in enumerate(world) if number != who]
    assert apart(found, [world[who].key, again.key], *others)


def check_digit(digits: str) -> str:
    """Of an identity number (GB 11643)."""
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(digits))
    return "10X98765432"[total % 11]


def both_forms(region: str, born: str, sequence: str) -> tuple[str, str]:
    """The number of before 1999, 15 digits, and of after, 18; `born` is YYMMDD of 19YY."""
    first = f"{region}19{born}{sequence}"
    return f"{region}{born}{sequence}", first + check_digit(first)


STRONG = {
    "papers of Hong Kong": ("national_id:G3320416", "national_id:K8840215"),
    "identity numbers": tuple(
        f"national_id:{both_forms(*one)[1]}"
        for one in (("440305", "700315", "117"), ("310104", "990821", "342"))
    ),
    "numbers of one CRM": ("crm_id:Q1-8831", "crm_id:Q2-8831"),
    "log-ins": ("account:before-8831", "account:after-8831"),
    "passports": ("passport:CN:E33204160", "passport:CN:E88402150"),
}
OWNERS = {
    "strangers": ({"name": "何大勇"}, {"name": "宋佳宁"}),
    "with dates": (
        {"name": "Albert Fenn", "birthDate": "1951-03-03"},
        {"name": "Zoe Quill", "birthDate": "1998-12-12"},
    ),
    "of one name": (
        {"name": "李娜", "birthDate": "1968-05-06"},
        {"name": "李娜", "birthDate": "1997-10-01"},
    ),
    "nameless": ({}, {}),
}


@pytest.mark.parametrize("strong", STRONG.values(), ids=STRONG)
@pytest.mark.parametrize("owners", OWNERS.values(), ids=OWNERS)
async def test_a_number_that_has_a_new_owner_is_the_new_one_s(
    strong: Sequence[str], owners: Sequence[Mapping[str, str]]
) -> None:
    """Whichever of the two came in first: when each was so is what counts."""
    phone = "13912340377"
    world = [
        Said("crm/before", strong[0], {**owners[0], "phone": phone}, 1_325_376_000_000),
        Said("crm/after", strong[1], {**owners[1], "phone": phone}, 1_790_812_800_000),
    ]
    assert await in_every_order(world) == {frozenset([one.key]) for one in world}
    for order in (world, world[::-1]):
        entries = [one.entry(at) for at, one in enumerate(order, 1)]
        lookup = CustomerLookup(await told(entries, [1]), CATALOG, normalizers_of(CATALOG), IDS)
        holder, *_ = await lookup.by_identifier(Identifier("phone", phone))
        assert holder == RecordKey("crm", "after")


PEOPLE = {
    "Beijing": ("110105", "491231", "002"),
    "Shenzhen": ("440305", "700315", "117"),
    "Shanghai": ("310104", "880821", "340"),
    "leap day": ("510107", "640229", "285"),
}


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
@pytest.mark.parametrize(
    "traits", [{}, {"name": "郑老师"}, {"name": "郑老师", "phone": "13912340466"}]
)
@pytest.mark.parametrize("sources", [("crm", "erp"), ("crm", "crm"), ("web", "store")])
async def test_both_forms_of_an_identity_number_are_one_person(
    person: tuple[str, str, str],
    traits: Mapping[str, str],
    sources: tuple[str, str],
) -> None:
    short, long = both_forms(*person)
    world = [
        Said(f"{sources[0]}/long", f"national_id:{long}", traits),
        Said(f"{sources[1]}/short", f"national_id:{short}", traits),
    ]
    assert await in_every_order(world) == {frozenset(one.key for one in world)}


@pytest.mark.parametrize("is_long", [True, False])
async def test_two_identity_numbers_are_two_people_whatever_else_they_share(
    *, is_long: bool
) -> None:
    traits = {"name": "郑老师", "phone": "13912340466", "email": "zheng@mail.example"}
    numbers = [both_forms("110105", "491231", n)[is_long] for n in ("002", "004")]
    other_form = both_forms("110105", "491231", "002")[not is_long]
    world = [Said(f"crm/n{n}", f"national_id:{one}", traits) for n, one in enumerate(numbers)]
    world.append(Said("erp/other-form", f"national_id:{other_form}", traits))
    found = await in_every_order(world)
    assert apart(found, ["crm/n0", "erp/other-form"], ["crm/n1"])

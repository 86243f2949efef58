"""Patches on their way in: what they name, what they remove, and who may."""

import pytest
from c360_gateway.collect.fields import Refused
from c360_gateway.collect.kinds import record_kind
from c360_gateway.collect.rights import ValueCoordinates
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode, encode
from c360_kernel.log.topics import RECORDS
from c360_kernel.record import Identifier

CATALOG = default_catalog()
KIND = record_kind(CATALOG)
COORDINATES = ValueCoordinates(CATALOG)


def read(**item):
    payload = KIND.read({"source": "crm", "key": "k1", **item}, 1_800_000_000_000)
    assert decode(RECORDS, encode(payload)) == payload
    return payload


def test_an_item_is_a_whole_state_unless_it_says_otherwise():
    for mode in ({}, {"mode": None}, {"mode": ""}, {"mode": "UPSERT"}, {"mode": "upsert"}):
        assert read(**mode, traits={"name": "Ann", "city": None}).named is None


@pytest.mark.parametrize("mode", ["PATCH", "patch", " Patch "])
def test_a_patch_names_what_it_says_and_what_it_removes(mode):
    traits = read(
        mode=mode,
        traits={"name": "Ann", "city": None, "phone": "13900001122"},
        identifiers=[{"type": "email", "value": "a@b.cn"}, {"type": "unionid", "value": None}],
    )
    assert traits.named == (
        *("identifiers.email", "identifiers.unionid"),
        *("traits.city", "traits.name", "traits.phone"),
    )
    assert traits.traits == {"name": "Ann", "phone": "13900001122"}
    assert traits.identifiers == (Identifier("email", "a@b.cn"), Identifier("phone", "13900001122"))
    assert read(mode=mode).named == ()


def test_a_patch_and_a_state_of_the_same_words_say_different_things():
    traits = {"traits": {"name": "Ann"}, "revision": 1}
    names = {
        KIND.name(read(**traits)),
        KIND.name(read(**traits, mode="patch")),
        KIND.name(read(**traits, mode="patch", identifiers=[{"type": "email", "value": None}])),
    }
    assert len(names) == 3


def test_a_deletion_says_all_in_either_mode():
    assert read(mode="PATCH", deleted=True, revision=1) == read(deleted=True, revision=1)


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        ({"mode": "MERGE"}, "FIELD_TYPE", "mode"),
        ({"mode": ["PATCH"]}, "FIELD_TYPE", "mode"),
        ({"traits": {"nmae": None}}, "UNKNOWN_TRAIT", "traits.nmae"),
        ({"identifiers": [{"type": "fon", "value": None}]}, "UNKNOWN_IDENTIFIER", None),
        ({"identifiers": [{"type": "phone"}]}, "FIELD_TYPE", "identifiers[0]"),
        ({"deleted": True, "traits": {"name": "x"}}, "FIELD_TYPE", "deleted"),
    ],
)
def test_what_is_wrong_with_a_patch_refuses_it(item, code, path):
    with pytest.raises(Refused) as caught:
        read(**{"mode": "patch", **item})
    assert caught.value.refusal.code == code
    assert path in (None, caught.value.refusal.path)


def test_what_a_patch_removes_it_has_to_be_allowed_to_write():
    traits = read(
        mode="patch", traits={"city": None}, identifiers=[{"type": "national_id", "value": None}]
    )
    written = {name for _, name, _ in COORDINATES.written(traits)}
    assert {"city", "national_id"} <= written


@pytest.mark.parametrize("mode", ["PATCH", "patch", '"PATCH"'])
async def test_a_mode_may_be_written_as_the_schema_has_it_or_as_text(world, mode):
    item = f'{{source: "crm", key: "k", mode: {mode}, traits: {{city: null}}}}'
    answer = await world.ask(
        f"mutation {{ upsertRecords(records: [{item}]) {{ results {{ status code }} }} }}",
        "connector",
        sources=["*"],
    )
    assert answer["data"]["upsertRecords"]["results"] == [{"status": "ACCEPTED", "code": None}]
    (entry,) = [
        entry
        for partition in await world.log.ends([RECORDS])
        for entry in await world.log.read(partition, 0, 10)
    ]
    assert decode(RECORDS, entry.data).named == ("traits.city",)

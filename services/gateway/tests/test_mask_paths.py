"""However many ways lead to a masked value, together they show what one of them shows."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.policy.tests.test_mask import phones
from services.gateway.tests.test_with_the_services import UPSERT, instance  # noqa: F401

SPELLINGS = {
    ("crm", "p1"): ["150 6423 6175", "+86 150-6423-6175"],
    ("web", "p2"): ["0086-15064236175"],
    ("store", "p3"): ["１５０６４２３６１７５", "8615064236175"],
    ("erp", "p4"): ["+8615064236175"],
}
LETTERS = ["Li.Fang@Example.CN", "li.fang@example.cn", "Fang <li.fang@example.cn>"]
WAYS = """{ customerByRecord(source: "crm", key: "p1") {
  identifiers { phone email }
  records { identifiers { phone email } traits { phone email }
            history { traits { phone email } } }
  profile { phone email }
} }"""


def found(answer, name):
    """The values at every coordinate of this name."""
    if isinstance(answer, dict):
        for key, inner in answer.items():
            yield from (texts(inner) if key == name else found(inner, name))
    elif isinstance(answer, list):
        for inner in answer:
            yield from found(inner, name)


def texts(value):
    if isinstance(value, list):
        return [one for one in value if one is not None]
    return [] if value is None else [value]


async def test_every_way_to_a_number_and_an_address_shows_the_same_part(instance):  # noqa: F811
    records = [
        {
            "source": source,
            "key": key,
            "revision": revision,
            "identifiers": [{"type": "phone", "value": spelling}],
            "traits": {"phone": spelling, "email": LETTERS[(position + revision) % 3]},
        }
        for position, ((source, key), spellings) in enumerate(SPELLINGS.items())
        for revision, spelling in enumerate(spellings, 1)
    ]
    await instance.ask(UPSERT, "connector", {"records": records}, ["*"])
    await instance.settle()
    shown = await instance.ask(WAYS, "support_agent")
    clear = await instance.ask(WAYS, "privacy_officer")
    for name, masked in (("phone", "***6175"), ("email", "li***@***.cn")):
        assert len(set(found(clear["data"], name))) > 2
        assert set(found(shown["data"], name)) == {masked}
        assert len(list(found(shown["data"], name))) == len(list(found(clear["data"], name)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spellings=phones(), tag=st.sampled_from(["phone", "email", "national_id"]))
async def test_all_coordinates_of_a_tag_mask_alike(instance, spellings, tag):  # noqa: F811
    graph = instance.gateway.pipeline.graph
    policy = graph.tables.of(("support_agent",), "service")
    tagged = [name for name, tags in policy.table.tags.items() if tags == {tag}]
    fields = [name for name in tagged if re.match(r"(Profile|RecordTraits|Identifiers)\.", name)]
    assert len(fields) >= 3
    masks = [policy.transform(name) for name in fields]
    assert None not in masks
    by_spelling = {one: {mask(one) for mask in masks} for one in spellings}
    assert all(len(shown) == 1 for shown in by_spelling.values())
    if tag == "phone":
        assert len(set().union(*by_spelling.values())) == 1

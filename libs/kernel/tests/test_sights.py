"""What events are seen with of the objects that they refer to."""

from typing import NamedTuple

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sights import named_in, seen_beside, sights_on
from c360_kernel.record import TraitValue

CATALOG = parse_catalog(
    """
sources: {crm: {priority: 0}}
objects: {product: {tag: public, properties: {price: {type: float, tag: public}}}}
events: {bought: {properties: {sku: {type: string, tag: public, refers: product}}}}
""",
    "catalog.yaml",
)
SIGHTS = sights_on(CATALOG.events, [("bought", {"product.price"})])


class Bought(NamedTuple):
    """An event."""

    properties: dict[str, TraitValue]
    name: str = "bought"


def test_what_names_no_object_is_seen_with_none() -> None:
    """Also where there is one whose key is how nothing, or a number, is written."""
    events = [Bought({"sku": key}) for key in ("None", "5")]
    names = named_in(SIGHTS, events)
    assert names == {ObjectName("product", "None"), ObjectName("product", "5")}
    known = {name: KnownObject(name, "erp", 1, "", properties={"price": 2.0}) for name in names}
    assert [seen_beside(SIGHTS, one, known) for one in events] == [{"product.price": 2.0}] * 2
    for properties in ({}, {"sku": 5}):
        assert seen_beside(SIGHTS, Bought(properties), known) == {}

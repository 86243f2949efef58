"""Everything that a customer is called in the audit log."""

from __future__ import annotations

from typing import NamedTuple

from c360_gateway.assembly.keys import derived
from c360_kernel.context import CallerContext
from c360_kernel.subject_names import FILE, SubjectNames

from c360_cli.assembly import Instance

_QUERY = "query IdsOf($id: ID!) { idsOf(id: $id) }"


class Named(NamedTuple):
    """What a customer is called on record; and whether there is, or was, a customer of that id."""

    names: frozenset[str]
    is_known: bool


async def names_of(instance: Instance, customer: str) -> Named:
    """The audit names of a customer, of all that it is made of as well; none once forgotten."""
    earlier = derived(instance.directory.key("instance"), "subjects")
    names = SubjectNames(instance.directory.root / "keys" / FILE, earlier)
    ids = await _ids_of(instance, customer)
    found = frozenset(name for one in ids or {customer} for name in names.all_of(one))
    return Named(found, bool(ids))


async def _ids_of(instance: Instance, customer: str) -> frozenset[str]:
    graph = instance.service("identity").open_graph()
    try:
        caller = CallerContext("c360-audit", ())
        response = await graph.execute(_QUERY, {"id": customer}, "IdsOf", caller)
    finally:
        await graph.close()
    found = (response.get("data") or {}).get("idsOf") or ()
    return frozenset({customer, *found}) if found else frozenset()

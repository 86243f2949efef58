"""Everything that a customer is called in the audit log."""

from __future__ import annotations

from c360_gateway.assembly.keys import derived
from c360_kernel.context import CallerContext
from c360_kernel.subject_names import FILE, SubjectNames

from c360_cli.assembly import Instance

_QUERY = "query IdsOf($id: ID!) { idsOf(id: $id) }"


async def names_of(instance: Instance, customer: str) -> frozenset[str]:
    """The audit names of a customer, of all that it is made of as well; none once forgotten."""
    earlier = derived(instance.directory.key("instance"), "subjects")
    names = SubjectNames(instance.directory.root / "keys" / FILE, earlier)
    ids = await _ids_of(instance, customer)
    return frozenset(name for one in ids for name in names.all_of(one))


async def _ids_of(instance: Instance, customer: str) -> frozenset[str]:
    graph = instance.service("identity").open_graph()
    try:
        caller = CallerContext("c360-audit", ())
        response = await graph.execute(_QUERY, {"id": customer}, "IdsOf", caller)
    finally:
        await graph.close()
    return frozenset({customer, *((response.get("data") or {}).get("idsOf") or ())})

"""`PastCustomer`: what a customer of a past time was, by the records that it had then.

Identity says which records those were; what their sources had observed by then is said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.scalars import DateTime, read_instant

from c360_profile.domain.customer import as_of
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import Info
from c360_profile.graph.past import whole_past

_PROFILE = (
    "The golden traits of these records as of that instant, null where nothing of them was known or"
    " you may see none of them. A record that was deleted since is among them where you are told of"
    " everybody."
)


def past_customer_type(types: CatalogTypes) -> type:
    """`PastCustomer` with the golden profile that a catalog makes."""

    async def profile(root: Any, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        context = info.context
        keys = [RecordKey.parse(member) for member in root.members]
        known = [one for one in await context.records.load_many(keys) if one is not None]
        archives = await context.archives.load_many([one.key for one in known])
        archive = {one.key: held for one, held in zip(known, archives, strict=True)}
        said = list(as_of(root.at, known, archive))
        if not said:
            return None
        own = [one.key for one in known]
        return types.make_profile(await whole_past(context, own, said, root.at))

    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"id": strawberry.ID, "at": DateTime, "members": list[str]},
        "members": strawberry.federation.field(inaccessible=True),
        "profile": strawberry.field(
            resolver=profile, graphql_type=types.profile | None, description=_PROFILE
        ),
        "resolve_reference": classmethod(_by_reference),
    }
    made = type("PastCustomer", (), namespace)
    return strawberry.federation.type(
        made, keys=["id at members"], description="A customer of a past time."
    )


def _by_reference(
    made: type,
    id: strawberry.ID,
    at: object,
    members: Sequence[str],
) -> object:
    return made(id=id, at=read_instant(at), members=list(members))

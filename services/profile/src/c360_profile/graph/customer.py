"""`Customer` as this subgraph knows it."""

from __future__ import annotations

from typing import Any

import strawberry
from c360_kernel.payload import PROFILE_TOO_LARGE
from c360_kernel.subgraph.scalars import DateTime

from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.computed import COMPUTED, computed
from c360_profile.graph.consents import CONSENTS, consents
from c360_profile.graph.context import Info
from c360_profile.graph.past import Instant, changes_field, past_profile
from c360_profile.graph.provenance import provenance_field
from c360_profile.graph.sessions import customer_sessions
from c360_profile.graph.stages import STAGES, stages
from c360_profile.graph.tag_reasons import TAG_RULES, tag_rules
from c360_profile.graph.tags import tags_field
from c360_profile.graph.timeline import timeline_field


def customer_type(types: CatalogTypes) -> type:
    """`Customer` with the golden profile that a catalog makes."""
    namespace: dict[str, Any] = {
        "__doc__": "A person or organisation: the records that sources hold of it, as one.",
        "__module__": __name__,
        "__annotations__": {"id": strawberry.ID},
        "id": strawberry.field(description="Names the customer; kept through merges."),
        "profile": strawberry.field(
            resolver=_profile,
            graphql_type=types.profile | None,
            description="The golden traits; null for a customer that has ended or is not known.",
        ),
        "profile_code": strawberry.field(resolver=_profile_code, description=_PROFILE_CODE),
        "provenance": provenance_field(types),
        "changes": changes_field(types),
        "updated_at": strawberry.field(resolver=_updated_at, description=_UPDATED_AT),
        "computed": strawberry.field(resolver=computed, description=COMPUTED),
        "stages": strawberry.field(resolver=stages, description=STAGES),
        "timeline": timeline_field(types),
        "sessions": strawberry.field(
            resolver=customer_sessions,
            description="The timeline by sessions, newest first; null for who sees no timeline.",
        ),
        "consents": strawberry.field(resolver=consents, description=CONSENTS),
        **tags_field(types.catalog),
        "tag_rules": strawberry.field(resolver=tag_rules, description=TAG_RULES),
        "resolve_reference": classmethod(_by_reference),
    }
    made = type("Customer", (), namespace)
    return strawberry.federation.type(made, keys=["id"], description=namespace["__doc__"])


_PROFILE_CODE = (
    "PROFILE_TOO_LARGE where the largest traits are left out, since the golden profile is larger"
    " than the log takes (1 MB); null for a whole one."
)
_UPDATED_AT = (
    "When a record of the customer last said what holds, or was deleted: the time at which that was"
    " taken in, equal after a replay. What was outdated or said before does not count, nor does a"
    " decision of a steward or another catalog by itself."
)


def _by_reference(made: type, id: strawberry.ID) -> object:
    """Any id can be asked about: identity may know a customer before this service does."""
    return made(id=id)


async def _profile(root: Any, info: Info, as_of: Instant = None) -> Any:  # noqa: ANN401 - a type of the catalog
    if as_of is not None:
        past = await past_profile(info.context, root.id, as_of)
        return None if past is None else info.context.types.make_profile(past)
    customer = await info.context.customers.load(root.id)
    if customer is None or customer.ended:
        return None
    return info.context.types.make_profile(customer.traits)


async def _profile_code(root: Any, info: Info) -> str | None:  # noqa: ANN401
    customer = await info.context.customers.load(root.id)
    return PROFILE_TOO_LARGE if customer is not None and customer.left_out else None


async def _updated_at(root: Any, info: Info) -> DateTime | None:  # noqa: ANN401
    at = await info.context.updates.load(root.id)
    return None if at is None else DateTime(at)

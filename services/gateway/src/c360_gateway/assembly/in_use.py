"""What a gateway is run by, part by part, for the record."""

from __future__ import annotations

from functools import partial

from c360_gateway.assembly.base import Base
from c360_gateway.assembly.catalog import CatalogParts
from c360_gateway.assembly.policies import Policies
from c360_gateway.audit.in_use import InUse, Part, key_marks
from c360_gateway.audit.schema_keeping import SchemaKeeping
from c360_gateway.auth.verifier import TokenVerifier

_FILE = "gateway-on-record.json"


def in_use(
    base: Base,
    policies: Policies,
    catalog: CatalogParts,
    served: SchemaKeeping,
    verifier: TokenVerifier,
) -> InUse:
    """Puts on record what policy, catalog, schema, keys and revocations hold, when it is other."""
    keys = base.settings.data / "keys"
    file = base.settings.data / "in-force" / _FILE

    def parts() -> list[Part]:
        marks = {**key_marks(keys), **verifier.keys_in_use()}
        return [
            _policy(policies),
            *_catalog(catalog),
            Part("schema_changed", "", lambda: served.version),
            Part("token_revoked", "", verifier.revocations_in_use, is_known_at_first=False),
            *(
                Part("key_rotated", name, partial(str, mark), is_known_at_first=False)
                for name, mark in marks.items()
            ),
        ]

    return InUse(base.writer, file, parts)


def _policy(policies: Policies) -> Part:
    store = policies.store
    return Part("policy_published", "", lambda: store.current().version, store.refusal)


def _catalog(catalog: CatalogParts) -> list[Part]:
    live = catalog.live
    if live is None:
        return []
    refused = lambda: "" if live.refused is None else live.refused.code  # noqa: E731
    return [Part("catalog_changed", "", lambda: live.in_force.digest, refused)]

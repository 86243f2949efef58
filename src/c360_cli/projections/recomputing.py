"""Computed traits and tags by rules of an instance compared with a batch over its timelines."""

from __future__ import annotations

from typing import cast

from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.errors import Invalid
from c360_profile.bootstrap import quintiles_in_use
from c360_profile.domain.golden import GoldenRules
from c360_profile.settings import ProfileSettings
from c360_profile.store.port import ProfileStore
from c360_profile.store.recomputing import Recomputed, recomputed

from c360_cli.assembly import Instance

_NAME = "profile"


async def compared(instance: Instance) -> Recomputed:
    """Compare everybody. Raises `Invalid` where the catalog computes nothing."""
    ranked = quintiles_in_use(ProfileSettings(data=instance.directory.root))
    rules = GoldenRules(instance.catalog, Normalizers(instance.catalog).normalize, ranked)
    if not (rules.computed.by_name or rules.computed.lifecycles or rules.givers):
        raise Invalid(
            "the catalog has no computed traits and no rules of tags", code="COMPUTED_NONE"
        )
    store = cast(ProfileStore, instance.service(_NAME).open_store())
    try:
        return await recomputed(store, rules)
    finally:
        await store.close()

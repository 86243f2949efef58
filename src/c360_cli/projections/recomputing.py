"""Computed traits of an instance compared with a batch over its timelines."""

from __future__ import annotations

from typing import cast

from c360_kernel.errors import Invalid
from c360_profile.bootstrap import quintiles_in_use
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.settings import ProfileSettings
from c360_profile.store.port import ProfileStore
from c360_profile.store.recomputing import Recomputed, recomputed

from c360_cli.assembly import Instance

_NAME = "profile"


async def compared(instance: Instance) -> Recomputed:
    """Compare everybody. Raises `Invalid` where the catalog computes nothing."""
    settings = ProfileSettings(data=instance.directory.root)
    rules = ComputedRules(instance.catalog, quintiles_in_use(settings))
    if not rules.by_name and not instance.catalog.lifecycle:
        raise Invalid("the catalog has no computed traits", code="COMPUTED_NONE")
    store = cast(ProfileStore, instance.service(_NAME).open_store())
    try:
        return await recomputed(store, rules)
    finally:
        await store.close()

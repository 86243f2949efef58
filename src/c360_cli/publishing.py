"""Putting a checked policy into force, where the settings say that policy is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

from c360_gateway.settings import GatewaySettings
from c360_kernel.log.identity import Origin
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy
from c360_policy.store.versions import replace_whole

from c360_cli.directory import DataDirectory


def publish_policy(text: str, data: Path) -> str:
    """Replace the policy in force by this text; returns where it is. Raises `C360Error`.

    Of two changes of a database's policy at once the second one is refused.
    """
    settings = GatewaySettings(data=data)
    if settings.policy_store is not None:
        return asyncio.run(_to_mongodb(text, settings, settings.policy_store))
    if settings.policy is None:
        DataDirectory(data).require()
        copy_default_policy(settings.policy_directory)
    # A link stays one: what it leads to is replaced.
    target = (settings.policy_directory / POLICY_FILE).resolve()
    replace_whole(target, sealed(text))
    return str(target)


async def _to_mongodb(text: str, settings: GatewaySettings, url: str) -> str:
    # The driver takes half a second to import, and only this needs it.
    from c360_policy.store.mongodb import MongoPolicyStore  # noqa: PLC0415

    async def origin() -> Origin:
        return Origin("", DataDirectory(settings.data).probe())

    store = MongoPolicyStore(url, text, settings.policy_max_age_s, origin=origin)
    try:
        await store.refuse_foreign()
        return f"the policy store, version {await store.publish(text, await store.in_force())}"
    finally:
        await store.close()

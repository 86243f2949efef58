"""Where policy is changed, as the settings say that it is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from c360_kernel.log.identity import Origin
from c360_kernel.log.port import EventLog
from c360_policy.changing.office import PolicyOffice
from c360_policy.changing.ports import PolicyLedger
from c360_policy.store.file_ledger import FileLedger, FileShelf
from c360_policy.store.served_schemas import FileServedSchemas, ServedSchemas

from c360_gateway.app import Close
from c360_gateway.settings import GatewaySettings

WhoseItIs = Callable[[], Awaitable[Origin]]
"""Whose instance asks: the policy of another one is not changed."""


async def _nothing_to_close() -> None:
    """Files are opened and closed each time."""


async def _nobody_to_refuse() -> None:
    """Files in the data directory are the instance's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An office over its ledger, and the schemas that its policies were held against.

    `refuse_foreign` raises `SettingsError` (STORE_FOREIGN).
    """

    office: PolicyOffice
    ledger: PolicyLedger
    schemas: ServedSchemas
    refuse_foreign: Close = _nobody_to_refuse
    close: Close = _nothing_to_close


def whose_log(log: EventLog) -> WhoseItIs:
    """The instance that a log belongs to."""

    async def whose() -> Origin:
        return (await log.identity()).origin

    return whose


def open_office(settings: GatewaySettings, whose: WhoseItIs) -> Opened:
    """The office of an instance. It connects to a database when it is first asked."""
    if settings.policy_store is not None:
        return _in_mongodb(settings, settings.policy_store, whose)
    ledger = FileLedger(settings.policy_versions)
    shelf = FileShelf(settings.policy_directory, settings.policy_versions)
    schemas = FileServedSchemas(settings.schema_versions)
    return Opened(PolicyOffice(ledger, shelf), ledger, schemas)


def _in_mongodb(settings: GatewaySettings, url: str, whose: WhoseItIs) -> Opened:
    # The driver takes half a second to import, and only this needs it.
    from c360_policy.store.mongodb import MongoPolicyStore  # noqa: PLC0415
    from c360_policy.store.mongodb_ledger import MongoLedger, MongoShelf  # noqa: PLC0415
    from c360_policy.store.mongodb_schemas import MongoServedSchemas  # noqa: PLC0415

    store = MongoPolicyStore(url, "", settings.policy_max_age_s, origin=whose)
    ledger, schemas = MongoLedger(url), MongoServedSchemas(url)

    async def close() -> None:
        for one in (store, ledger, schemas):
            await one.close()

    office = PolicyOffice(ledger, MongoShelf(store))
    return Opened(office, ledger, schemas, store.refuse_foreign, close)

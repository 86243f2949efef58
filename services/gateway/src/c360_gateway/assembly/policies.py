"""The policy store that the settings name, and what the application has to do for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.log.identity import Origin
from c360_kernel.log.port import EventLog
from c360_policy.casbin import refuse_rival_distribution
from c360_policy.reading.joining import joined, parted
from c360_policy.reading.names import Vocabulary
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.port import PolicyStore
from c360_policy.store.served_schemas import FileServedSchemas, ServedSchemas
from c360_policy.store.shipped import (
    POLICY_FILE,
    ROWS_FILE,
    copy_default_policy,
    policy_text,
    rows_text,
)
from c360_policy.store.versions import VersionFiles

from c360_gateway.app import Close, Refreshable
from c360_gateway.settings import GatewaySettings


async def _nothing_to_introduce() -> None:
    """Files in the data directory are the instance's."""


@dataclass(frozen=True, slots=True)
class Policies:
    """A policy store, and what the application has to do for it; `schemas` lie beside it."""

    store: PolicyStore
    schemas: ServedSchemas
    refreshed: Sequence[Refreshable] = ()
    closing: Sequence[Close] = ()
    introduce: Close = _nothing_to_introduce

    async def answers(self) -> bool:
        """Whether there was a policy to read when it was last looked for."""
        return self.store.answers()


def open_policies(settings: GatewaySettings, names: Vocabulary, log: EventLog) -> Policies:
    """The store. Raises `SettingsError` when it, or the policy in it, cannot be used."""
    refuse_rival_distribution()
    if settings.policy_store is not None:
        return _in_mongodb(settings, settings.policy_store, names, log)
    versions = VersionFiles(settings.policy_versions)
    if settings.policy is None:
        _refuse_lost(settings.policy_directory, versions)
        copy_default_policy(settings.policy_directory)
    store = FilePolicyStore(settings.policy_directory, versions, names.known)
    return Policies(store, FileServedSchemas(settings.schema_versions), [store])


def _refuse_lost(directory: Path, versions: VersionFiles) -> None:
    """What ships is not put in the place of what was in force, which may say less, nor nothing."""
    times = versions.times()
    if not times:
        return
    if not (directory / POLICY_FILE).exists():
        raise _lost(directory / POLICY_FILE, f"; what was in force is in {versions.directory}")
    newest = versions.text(max(times, key=lambda version: times[version] or 0))
    if parted(newest)[1] and not (directory / ROWS_FILE).exists():
        raise _lost(directory / ROWS_FILE, ", or say `rows: {}` in it")


def _lost(file: Path, mend: str) -> SettingsError:
    return SettingsError(f"{file} is gone: put it back{mend}", code="POLICY_MISSING")


def _in_mongodb(settings: GatewaySettings, url: str, names: Vocabulary, log: EventLog) -> Policies:
    # The driver takes half a second to import, and only this needs it.
    from c360_policy.store.mongodb import MongoPolicyStore  # noqa: PLC0415
    from c360_policy.store.mongodb_schemas import MongoServedSchemas  # noqa: PLC0415

    directory = settings.policy_directory
    seed = joined(policy_text(directory), rows_text(directory))

    async def origin() -> Origin:
        return (await log.identity()).origin

    age_s = settings.policy_max_age_s
    store = MongoPolicyStore(url, seed, age_s, known=names.known, origin=origin)
    schemas = MongoServedSchemas(url)
    return Policies(store, schemas, [store], [store.close, schemas.close], store.refuse_foreign)

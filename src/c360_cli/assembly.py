"""The composition of one instance: every service with its store, from settings and a directory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from c360_kernel.catalog import copy_default_catalog, load_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.log.choosing import open_log
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import DerivingService, Service
from c360_kernel.settings import Settings
from c360_kernel.subgraph.threads import Answering, ThreadedSubgraph

from c360_cli.directory import DataDirectory
from c360_cli.store_files import refuse_shared
from c360_cli.topology import NAMES, service_named


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance before anything of it runs."""

    directory: DataDirectory
    settings: Settings
    catalog: Catalog

    def open_log(self) -> EventLog:
        """The log, for the event loop that asks."""
        return open_log(self.settings, self.directory.probe(), self.directory.held())

    def service(self, name: str, store: str | None = None, **given: str) -> Service:
        """One service by name, on the store of the settings unless told another.

        `given` stands in the place of other settings of the service.
        """
        spec = service_named(name)
        settings = spec.settings(data=self.directory.root)
        changes = given | ({spec.store_setting: store} if store else {})
        chosen = settings.model_copy(update=changes) if changes else settings
        refuse_shared(self.directory, name, getattr(chosen, spec.store_setting))
        secret = self.directory.key(name) if spec.needs_key else self.cursors(name)
        signing = (self.directory.signing_keys(name),) if spec.signs else ()
        sealing = (self.cursors(name),) if spec.seals else ()
        return spec.bootstrap.build(chosen, self.catalog, secret, *signing, *sealing)

    def cursors(self, name: str) -> CursorSealer:
        """What seals the cursors of a service, under keys that all its replicas hold."""
        return CursorSealer(self.directory.subgraph_keys(name))

    @property
    def services(self) -> tuple[Service, ...]:
        """All domain services, in the order data flows."""
        return tuple(self.service(name) for name in NAMES)

    @property
    def deriving(self) -> tuple[DerivingService, ...]:
        """Those that derive what they hold from the truth, by which it can be compared."""
        return tuple(one for one in self.services if isinstance(one, DerivingService))


def graph_of(service: Service) -> Answering:
    """Its subgraph; over an embedded store, which answers within a call, in threads of its own."""
    return ThreadedSubgraph(service.open_graph) if service.is_embedded else service.open_graph()


def assemble(data: Path) -> Instance:
    """The instance of a data directory, which a first start fills with its defaults.

    Raises `SettingsError`: REPLAY_UNFINISHED for one that a replay was ended in, CATALOG_MISSING
    for one that lost its catalog.
    """
    directory = DataDirectory(data)
    directory.refuse_unfinished()
    directory.refuse_without_catalog()
    data.mkdir(parents=True, exist_ok=True)
    copy_default_catalog(directory.root)
    return instance_of(directory)


def instance_of(directory: DataDirectory) -> Instance:
    """The instance of a data directory, in whatever state it is."""
    return Instance(directory, Settings(data=directory.root), load_catalog(directory.catalog))


def copy_setup(source: DataDirectory, target: DataDirectory) -> None:
    """Give another directory the same keys, catalog and policy, so that it derives the same ids."""
    target.root.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source.catalog, target.catalog)
    for name in ("keys", "policy"):
        if (source.root / name).exists():
            shutil.copytree(source.root / name, target.root / name, dirs_exist_ok=True)

"""The parts of an instance: the one list that ports, choices, readiness and supervision come from.

One more service is one more entry here, and its own folder. A service is imported when it is asked
for, so that an image that holds one service alone can run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import NotFound
from c360_kernel.projection.service import Service
from c360_kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class PartSpec:
    """What runs by itself: its name, where it listens by itself, the package that it is.

    `is_replicated`: several with names of their own (`C360_REPLICA`) share a data directory.
    """

    name: str
    port: int
    package: str
    is_replicated: bool = False

    @property
    def settings(self) -> type[Settings]:
        """Its settings, `<Name>Settings`. Raises `ImportError` where its package is not."""
        found = getattr(import_module(f"{self.package}.settings"), f"{self.name.title()}Settings")
        return cast("type[Settings]", found)


class Bootstrap(Protocol):
    """What a service's `bootstrap` module offers."""

    def build(self, settings: Settings, catalog: Catalog, *secrets: object) -> Service:
        """The service. `secrets` are its own key or what seals cursors, then what it signs with, or
        what seals cursors beside its key."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceSpec(PartSpec):
    """A domain service. `needs_key`: names are made under `keys/NAME.key`, which nobody else holds.

    `signs`: what it says is signed under that key, for others to verify. `seals`: its cursors are
    sealed, under another one.

    `follows_catalog` says what it does about a changed catalog that it depends on, and about
    which parts. `server` keeps its store where one machine is not enough; "" where each replica
    has a file of its own.
    """

    needs_key: bool = False
    signs: bool = False
    seals: bool = False
    follows_catalog: str = ""
    server: str = ""

    @property
    def has_own_key(self) -> bool:
        """Whether there is a `keys/NAME.key`."""
        return self.needs_key or self.signs

    @property
    def store_setting(self) -> str:
        """The setting that says where its projection is kept."""
        return f"{self.name}_store"

    @property
    def bootstrap(self) -> Bootstrap:
        """Its composition root. Raises `ImportError` where its package is not."""
        return cast("Bootstrap", import_module(f"{self.package}.bootstrap"))


SERVICES: Sequence[ServiceSpec] = (
    ServiceSpec(
        name="identity",
        port=8361,
        package="c360_identity",
        needs_key=True,
        server="neo4j",
        follows_catalog="derived from the log again (identifiers and who says them, regions)",
    ),
    ServiceSpec(
        name="profile",
        port=8362,
        package="c360_profile",
        server="mongodb",
        signs=True,
        follows_catalog="customers are refolded (traits, their rules, sources)",
    ),
    ServiceSpec(
        name="segment",
        port=8363,
        package="c360_segment",
        is_replicated=True,
        follows_catalog="customers are evaluated again (segments)",
    ),
    ServiceSpec(name="audit", port=8364, package="c360_audit", server="mongodb", signs=True),
    ServiceSpec(
        name="account",
        port=8365,
        package="c360_account",
        needs_key=True,
        server="mongodb",
        seals=True,
        follows_catalog="derived from the log again (identifiers of accounts, regions)",
    ),
    ServiceSpec(
        name="activation",
        port=8366,
        package="c360_activation",
        follows_catalog="new destinations begin with what changes from then on (destinations)",
    ),
)
"""The domain services, in the order of their ports: as data flows, and accounts beside it."""

GATEWAY = PartSpec(name="gateway", port=8360, package="c360_gateway", is_replicated=True)
CONNECT = PartSpec(name="connect", port=8379, package="c360_connect")
"""Runs connectors where each part is a process of its own; else they run beside the gateway."""

PARTS: Sequence[PartSpec] = (GATEWAY, *SERVICES, CONNECT)
NAMES: Sequence[str] = tuple(one.name for one in SERVICES)
PORTS = {one.name: one.port for one in SERVICES}


def import_services() -> None:
    """Import each of them, so that a process forked from this one shares it."""
    for one in SERVICES:
        import_module(f"{one.package}.bootstrap")


def service_named(name: str) -> ServiceSpec:
    """One service. Raises `NotFound` (SERVICE_UNKNOWN)."""
    for one in SERVICES:
        if one.name == name:
            return one
    raise NotFound(f"there is no service {name}", code="SERVICE_UNKNOWN")

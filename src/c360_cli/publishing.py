"""Changing the policy of an instance, where the settings say that policy is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from c360_gateway.assembly.office import Opened, open_office
from c360_gateway.settings import GatewaySettings
from c360_kernel.log.identity import Origin
from c360_policy.changing.office import Changed, PolicyOffice
from c360_policy.changing.steps import PolicyVersion
from c360_policy.reading.names import Known
from c360_policy.store.shipped import copy_default_policy

from c360_cli.directory import DataDirectory

V = TypeVar("V")


def publish_policy(text: str, by: str, data: Path, known: Known) -> Changed:
    """Put a policy into force. Raises `PolicyUnapproved`, and what `PolicyOffice.publish` does."""
    settings = GatewaySettings(data=data)
    if settings.policy_store is None and settings.policy is None:
        DataDirectory(data).require()
        copy_default_policy(settings.policy_directory)
    return _in_office(data, lambda office: office.publish(text, by, known))


def approve_policy(version: str, by: str, data: Path, known: Known) -> Changed:
    """Put a proposal into force. Raises what `PolicyOffice.approve` does."""
    return _in_office(data, lambda office: office.approve(version, by, known))


def policy_versions(data: Path) -> list[PolicyVersion]:
    """Every version that was proposed or in force, the newest first."""
    return _in_office(data, PolicyOffice.versions)


def text_of_version(beginning: str, data: Path) -> str:
    """The text of the version that begins so. Raises `C360Error` (POLICY_UNKNOWN)."""

    async def found(office: PolicyOffice) -> str:
        return await office.text(await office.find(beginning))

    return _in_office(data, found)


def text_in_force(data: Path) -> str:
    """The text of the policy in force; "" where there is none."""
    return _in_office(data, PolicyOffice.in_force)


def _in_office(data: Path, do: Callable[[PolicyOffice], Awaitable[V]]) -> V:
    return asyncio.run(_opened(data, do))


async def _opened(data: Path, do: Callable[[PolicyOffice], Awaitable[V]]) -> V:
    async with office_of(data) as opened:
        await opened.refuse_foreign()
        return await do(opened.office)


@asynccontextmanager
async def office_of(data: Path) -> AsyncGenerator[Opened]:
    """Where an instance's policy is changed; its connections are closed afterwards."""

    async def origin() -> Origin:
        return Origin("", DataDirectory(data).probe())

    opened = open_office(GatewaySettings(data=data), origin)
    try:
        yield opened
    finally:
        await opened.close()

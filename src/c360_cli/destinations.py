"""Destinations of one instance: let in, told, sent to again."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from c360_kernel.catalog.model import Destination
from c360_kernel.errors import Invalid, NotFound
from c360_kernel.nearest import did_you_mean
from c360_kernel.new_file import make_whole, replace_whole
from c360_kernel.outgoing.signatures import made_secret

from c360_cli.assembly import Instance

if TYPE_CHECKING:
    from c360_activation.domain.trying import Answer
    from c360_activation.settings import ActivationSettings
    from c360_activation.store.port import ActivationStore

T = TypeVar("T")
_OWNER_ONLY = 0o600
_SIGNING = 2
_ROW_KEY = 32
_PRINCIPAL = "destination."


def destination_named(instance: Instance, name: str) -> Destination:
    """One of the catalog. Raises `NotFound` (DESTINATION_UNKNOWN)."""
    known = instance.catalog.destinations
    if name not in known:
        hint = did_you_mean(name, known)
        raise NotFound(f"the catalog has no destination '{name}'{hint}", code="DESTINATION_UNKNOWN")
    return known[name]


def principal_of(destination: Destination) -> str:
    """As what the gateway knows it."""
    return f"{_PRINCIPAL}{destination.name}"


def settings_of(instance: Instance) -> ActivationSettings:
    """Those of the service."""
    from c360_activation.settings import ActivationSettings  # noqa: PLC0415 - not in every image

    return ActivationSettings(data=instance.directory.root)


def keep_key(folder: Path, name: str, key: str) -> None:
    """Keep what a destination asks the gateway by."""
    _keep(folder / f"{name}.key", key)


def keep_row_key(folder: Path, name: str) -> None:
    """Make the key of hashes of rows, unless it is there: under another all rows are others."""
    make_whole(folder / f"{name}.rows", f"{secrets.token_hex(_ROW_KEY)}\n".encode(), _OWNER_ONLY)


def renew_secret(folder: Path, name: str) -> str:
    """A new secret, which signs together with the one of before until the next is made."""
    path, made = folder / f"{name}.secret", made_secret()
    held = path.read_text("utf-8").split() if path.exists() else []
    _keep(path, "\n".join([made, *held][:_SIGNING]))
    return made


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_whole(path, f"{text}\n".encode(), _OWNER_ONLY)


def states_of(instance: Instance) -> list[Mapping[str, Any]]:
    """How each destination of the catalog is."""
    return _with_store(instance, partial(_states, instance))


async def _states(instance: Instance, store: ActivationStore) -> list[Mapping[str, Any]]:
    standings = await store.standings()
    return [
        {
            "name": name,
            "kind": one.kind,
            "met": name in standings,
            "disabled": standings[name].disabled if name in standings else "",
            "deliveries": dict(await store.numbers(name)),
        }
        for name, one in instance.catalog.destinations.items()
    ]


def send_again(instance: Instance, name: str, since: int) -> int:
    """Have what changed at `since` (ms UTC) or later sent once more; how many deliveries."""
    return _with_store(instance, lambda store: store.again(name, since, _now_ms()))


def turn_on(instance: Instance, name: str) -> None:
    """Have a destination that was disabled told again, with all that waits for it."""
    from c360_activation.domain.delivery import Standing  # noqa: PLC0415 - not in every image

    _with_store(instance, lambda store: store.put_standing(name, Standing()))


def tried(instance: Instance, destination: Destination) -> Answer:
    """What a destination answers to a message of nobody, or to a look whether one would come in.

    Raises `C360Error` where it is not reached, or there is no secret.
    """
    return asyncio.run(_probed(instance, destination))


async def _probed(instance: Instance, destination: Destination) -> Answer:
    from c360_activation.bootstrap import channels_for  # noqa: PLC0415 - not in every image

    alone = {destination.name: destination}
    async with channels_for(settings_of(instance), alone) as channels:
        return await channels[destination.name].probe()()


def _with_store(instance: Instance, use: Callable[[ActivationStore], Awaitable[T]]) -> T:
    service = instance.service("activation")
    if not service.is_embedded:
        raise Invalid("deliveries are not in a file", code="STORE_UNKNOWN")

    async def run() -> T:
        store: Any = service.open_store()
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

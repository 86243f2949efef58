"""Every schema that was served, beside the policies: by the version that the audit names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from c360_kernel.errors import Invalid
from typing_extensions import override

from c360_policy.schema.served import ServedSchema, served_version
from c360_policy.store.versions import VersionFiles

_SUFFIX = ".json"


class ServedSchemas(Protocol):
    """Texts of schemas by their versions. Nothing in it is ever changed."""

    async def keep(self, version: str, text: str) -> None:
        """Keep a text, unless there is one. Raises `OSError`, `Transient`."""
        ...

    async def text(self, version: str) -> str | None:
        """The text of a version; None for one that nobody kept. Raises `Transient`."""
        ...


class FileServedSchemas(ServedSchemas):
    """A directory with a file for each."""

    def __init__(self, directory: Path) -> None:
        self._files = VersionFiles(directory, _SUFFIX)

    @override
    async def keep(self, version: str, text: str) -> None:
        await asyncio.to_thread(self._files.keep, version, text)

    @override
    async def text(self, version: str) -> str | None:
        if not self._files.holds(version):
            return None
        return await asyncio.to_thread(self._files.text, version)


async def served_schema(schemas: ServedSchemas, version: str) -> ServedSchema | None:
    """The schema that is on record as served; None where it is not kept, or none is on record.

    Raises `Invalid` (SCHEMA_ALTERED) for a text that is another one than was served.
    """
    text = await schemas.text(version) if version else None
    if text is None:
        return None
    if served_version(text) != version:
        raise Invalid(
            "the schema of then was changed where it is kept: it is not the one on record",
            code="SCHEMA_ALTERED",
        )
    return ServedSchema.read(text)

"""Versions and their history in files, and the policy in force in a directory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from c360_kernel.errors import SettingsError
from typing_extensions import override

from c360_policy.changing.ports import PolicyLedger, PolicyShelf
from c360_policy.changing.steps import Step
from c360_policy.reading.joining import joined, parted, sealed_apart
from c360_policy.reading.parsing import decode_policy, parse_policy
from c360_policy.store.approvals import Approvals
from c360_policy.store.shipped import POLICY_FILE, ROWS_FILE, rows_bytes
from c360_policy.store.versions import VersionFiles, replace_whole

_PROPOSED = "proposed"


class FileLedger(PolicyLedger):
    """A directory of versions that were in force, and one beside it for all else."""

    def __init__(self, directory: Path) -> None:
        self._versions = VersionFiles(directory)
        self._approvals = Approvals(self._versions)
        self._proposed = VersionFiles(self._approvals.directory / _PROPOSED)

    @override
    async def steps(self) -> Sequence[Step]:
        return await asyncio.to_thread(self._approvals.steps)

    @override
    async def note(self, step: Step) -> None:
        await asyncio.to_thread(self._approvals.note, step)

    @override
    async def text(self, version: str) -> str | None:
        for files in (self._versions, self._proposed):
            if files.holds(version):
                return await asyncio.to_thread(files.text, version)
        return None

    @override
    async def put_aside(self, version: str, text: str) -> None:
        await asyncio.to_thread(self._proposed.keep, version, text)

    @override
    async def kept(self) -> Mapping[str, int | None]:
        return await asyncio.to_thread(self._versions.times)


class FileShelf(PolicyShelf):
    """`policy.csv` and `rows.yaml` of a directory, beside the versions that were in force."""

    def __init__(self, directory: Path, versions: Path) -> None:
        self._file, self._rows = directory / POLICY_FILE, directory / ROWS_FILE
        self._versions = VersionFiles(versions)
        self._approvals = Approvals(self._versions)

    @override
    async def text(self) -> str:
        return await asyncio.to_thread(self._text)

    def _text(self) -> str:
        """What lies there, unless it had to be approved and was not: that is taken by nobody."""
        try:
            rows = decode_policy(rows_bytes(self._rows))
            text = joined(decode_policy(self._file.read_bytes()), rows)
            self._approvals.refuse_unapproved(parse_policy(text))
        except (FileNotFoundError, SettingsError):
            before = self._approvals.in_force().version
            return self._versions.text(before) if self._versions.holds(before) else ""
        return text

    @override
    async def put(self, text: str, replacing: str) -> str:
        return await asyncio.to_thread(self._put, text)

    def _put(self, text: str) -> str:
        # A link stays one: what it leads to is replaced.
        target = self._file.resolve()
        whole = sealed_apart(text)
        policy, rows = parted(whole)
        if rows:
            replace_whole(self._rows.resolve(), rows)
        replace_whole(target, policy)
        version = parse_policy(whole).version
        self._versions.keep(version, whole)
        self._approvals.put_in_force(version)
        return str(target)

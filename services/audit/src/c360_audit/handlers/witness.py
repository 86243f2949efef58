"""A witness signs that the tree which it is shown goes on from the one it was shown before.

The protocol is C2SP's `tlog-witness`: `POST PREFIX/add-checkpoint`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from c360_kernel.errors import Conflict, Invalid, SettingsError, Transient
from c360_kernel.signed_note import Note, NoteVerifier
from typing_extensions import override

from c360_audit.handlers.checkpoint_files import CheckpointFiles
from c360_audit.handlers.publishing import CheckpointSink
from c360_audit.store.port import AuditLog
from c360_audit.store.proofs import TreeProofs
from c360_audit.store.signing import size_of

_TIMEOUT_S = 10.0
_MOST_BYTES = 100_000
_TRIES = 3


class _Answer(NamedTuple):
    status: int
    text: str


class Witness(CheckpointSink):
    """One witness at a URL. What it signs is kept in files beside the checkpoints.

    With a verifier key only what it has signed counts; without one, what it answers is kept for
    others to verify.
    """

    kind = "witness"

    def __init__(
        self, url: str, verifier: NoteVerifier | None, directory: Path, every_s: float
    ) -> None:
        self.name = f"audit witness {url}"
        self.every_s = every_s
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._verifier = verifier
        self._files = CheckpointFiles(directory / _folder(url))
        self._seen: dict[int, int] = {}
        self._shown: dict[int, str] = {}

    @override
    async def keep(self, notes: Mapping[int, str], store: AuditLog) -> None:
        """Raises `Transient` (WITNESS_UNREACHABLE, WITNESS_REFUSED, and
        WITNESS_SIGNATURE_FALSE) and `Conflict` (WITNESS_AHEAD).
        """
        proofs = TreeProofs(store.trees)
        for partition, note in notes.items():
            if self._shown.get(partition) != note:
                await self._show(partition, note, proofs)
                self._shown[partition] = note

    async def _show(self, partition: int, note: str, proofs: TreeProofs) -> None:
        size = size_of(note)
        for _ in range(_TRIES):
            before = self._seen.get(partition, 0)
            proof = await proofs.consistency(partition, before, size) if before else []
            answer = await asyncio.to_thread(_post, self._url, _body(before, proof, note))
            if answer.status != 409:
                self._take(partition, size, note, answer)
                return
            self._seen[partition] = self._size_in(answer.text, size)
        raise Transient("the witness cannot say what it saw last", code="WITNESS_REFUSED")

    def _take(self, partition: int, size: int, note: str, answer: _Answer) -> None:
        if answer.status != 200:
            message = f"the witness answers {answer.status}"
            raise Transient(message, code="WITNESS_REFUSED")
        self._files.put(partition, self._cosigned(note, answer.text))
        self._seen[partition] = size

    def _cosigned(self, note: str, lines: str) -> str:
        try:
            cosigned = Note.read(f"{Note.read(note).text}\n{lines}")
        except Invalid as error:
            raise _false() from error
        if self._verifier is None:
            return note + lines
        mine = [one for one in cosigned.signatures if self._verifier.knows(one)]
        if not mine or not all(self._verifier.is_true(cosigned.text, one) for one in mine):
            raise _false()
        return note + "".join(one.line for one in mine)

    def _size_in(self, text: str, size: int) -> int:
        line = text.removesuffix("\n")
        if not line.isdecimal() or len(line) > 19:
            raise Transient("the witness names no size", code="WITNESS_REFUSED")
        if int(line) > size:
            raise Conflict(
                "the witness has seen a larger tree: this one was put back, or its store was lost"
                " (docs/audit.md, A store that was lost)",
                code="WITNESS_AHEAD",
            )
        return int(line)


def witnesses_of(text: str, directory: Path, every_s: float) -> Sequence[Witness]:
    """Witnesses as a setting names them: `[VKEY ]URL`, separated by commas.

    Raises `SettingsError` (WITNESS_INVALID).
    """
    found: list[Witness] = []
    for one in filter(None, map(str.strip, text.split(","))):
        *vkey, url = one.split()
        if len(vkey) > 1 or not url.startswith(("http://", "https://")):
            raise SettingsError(
                "C360_AUDIT_WITNESSES holds `[VKEY ]URL`, separated by commas",
                code="WITNESS_INVALID",
            )
        verifier = NoteVerifier.read(vkey[0]) if vkey else None
        found.append(Witness(url, verifier, directory, every_s))
    return found


def _body(before: int, proof: Sequence[bytes], note: str) -> bytes:
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {before}\n{hashes}\n{note}".encode()


def _post(url: str, body: bytes) -> _Answer:
    request = urllib.request.Request(url, body, method="POST")
    try:
        # The URL is the operator's own, and its scheme was checked.
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return _Answer(answer.status, answer.read(_MOST_BYTES).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, error.read(_MOST_BYTES).decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        raise Transient("the witness does not answer", code="WITNESS_UNREACHABLE") from error


def _folder(url: str) -> str:
    return f"witness-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _false() -> Transient:
    message = "what the witness answers is not its signature of this checkpoint"
    return Transient(message, code="WITNESS_SIGNATURE_FALSE")

"""What is kept of a connector beside its file: how far it is, and rows that were put aside."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import orjson
from c360_connectors.pulling.ports import Aside, DeadLetter
from c360_connectors.pulling.state import PullState, States, as_json, from_json
from c360_kernel.errors import SettingsError
from c360_kernel.new_file import replace_whole
from c360_mapping import json_numbers
from typing_extensions import override

_OWNER_ONLY = 0o600


class StateFile(States):
    """`connect/NAME.json` of a data directory, replaced whole."""

    def __init__(self, data: Path, name: str) -> None:
        self._path = data / "connect" / f"{name}.json"

    @override
    def load(self) -> PullState:
        try:
            return from_json(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return PullState()
        except (ValueError, TypeError, AttributeError) as error:
            message = f"{self._path} is damaged: remove it, and the source is taken from the start"
            raise SettingsError(message, code="CONNECTOR_STATE_DAMAGED") from error

    @override
    def save(self, state: PullState) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_whole(self._path, json.dumps(as_json(state)).encode(), _OWNER_ONLY)


class AsideFile(Aside):
    """`connect/NAME.rejects.jsonl`, one row a line as `c360 import` writes them."""

    def __init__(self, data: Path, name: str) -> None:
        self.path = data / "connect" / f"{name}.rejects.jsonl"

    @override
    def put(self, letters: Sequence[DeadLetter], length: int) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        with os.fdopen(handle, "r+b") as file:
            # Somebody may have taken it away, or mended it.
            file.truncate(min(length, file.seek(0, os.SEEK_END)))
            file.seek(0, os.SEEK_END)
            file.writelines(map(_line, letters))
            file.flush()
            os.fsync(file.fileno())
            return file.tell()


def _line(letter: DeadLetter) -> bytes:
    entry = {
        "line": 0,
        "code": letter.code,
        "path": letter.path,
        "message": letter.message,
        "rowId": "",
        "raw": letter.raw,
    }
    return json_numbers.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)

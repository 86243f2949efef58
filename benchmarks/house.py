"""How far a warm masked query goes through the house: files it enters, moves between them.

A support agent asks for one customer by a record, through identity and profile, in the all-in-one
process. Counted are the calls of our own code in each thread that works on the request, and a
coroutine that goes on after a wait is entered once more. A move is such a call from one file of
ours into another. `loop` is the thread of the event loop alone, where all of it ran at first; what
else is done there meanwhile, such as looks at files, is not counted.

    python benchmarks/house.py --json
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from c360_gateway.auth.issuers import local_key, mint
from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.record import RecordKey
from figures import options, report
from query import post
from worlds import append_all, record_entries

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain
from c360_cli.running.gateway_process import all_in_one

_ROOT = Path(__file__).parents[1]
_ROOMS = (*_ROOT.glob("libs/*/src"), *_ROOT.glob("services/*/src"), _ROOT / "src")
_OURS = tuple(f"{room}/" for room in _ROOMS)
_LOOP = threading.current_thread().name
_RECORDS = 50
_WALKED: ContextVar[bool] = ContextVar("walked", default=False)
"""Whether a task of the event loop works on the request."""
_QUERY = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { id profile { name phone email city loyaltyTier } }
}"""


class Call(NamedTuple):
    """A file of ours that was entered, and the one it was entered from; empty at the beginning."""

    caller: str
    file: str


class Walk:
    """The calls of our code by thread, while it `is_on`."""

    def __init__(self) -> None:
        self.is_on = False
        self.calls: dict[str, list[Call]] = {}

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """What `sys.setprofile` takes."""
        file = frame.f_code.co_filename
        if self.is_on and event == "call" and file.startswith(_OURS):
            thread = threading.current_thread().name
            if thread == _LOOP and not _WALKED.get():
                return
            self.calls.setdefault(thread, []).append(Call(_caller(frame), file))


def _caller(frame: FrameType) -> str:
    above = frame.f_back
    while above is not None and not above.f_code.co_filename.startswith(_OURS):
        above = above.f_back
    return "" if above is None else above.f_code.co_filename


def _figures(calls: Sequence[Call]) -> dict[str, int]:
    return {
        "calls": len(calls),
        "files": len({call.file for call in calls}),
        "moves": sum(call.caller not in ("", call.file) for call in calls),
    }


def _bodies(entries: Iterable[NewEntry]) -> list[bytes]:
    keys = [RecordKey.parse(entry.key)._asdict() for entry in entries]
    return [json.dumps({"query": _QUERY, "variables": key}).encode() for key in keys]


async def _walk(instance: Instance, bodies: Sequence[bytes], token: str) -> Walk:
    walk = Walk()
    threading.setprofile(walk.note)
    sys.setprofile(walk.note)
    gateway: Any = all_in_one(instance, "127.0.0.1", 0).server.config.app
    async with gateway.router.lifespan_context(gateway):
        for body in bodies:
            await post(gateway, body, token)
        _WALKED.set(True)
        walk.is_on = True
        await post(gateway, bodies[0], token)
        walk.is_on = False
    sys.setprofile(None)
    threading.setprofile(None)
    return walk


async def _run(data: Path) -> Mapping[str, object]:
    instance = assemble(data)
    log, services = instance.open_log(), instance.services
    entries = record_entries(default_catalog(), _RECORDS)
    await append_all(log, entries)
    await drain(services, log)
    token = mint(local_key(data / "keys" / "token.key"), "bench", ["support_agent"])
    walk = await _walk(instance, _bodies(entries), token)
    whole = [call for calls in walk.calls.values() for call in calls]
    return {
        **_figures(whole),
        "loop": _figures(walk.calls[_LOOP]),
        "threads": len(walk.calls),
        "entered": sorted({call.file.removeprefix(f"{_ROOT}/") for call in whole}),
    }


def main() -> None:
    """Run and report calls, files and moves."""
    chosen = options(__doc__ or "", size=1)
    with tempfile.TemporaryDirectory() as directory:
        report(asyncio.run(_run(Path(directory))), chosen)


if __name__ == "__main__":
    main()

"""How far a warm masked query goes through the house: files it enters, moves between them.

A support agent asks for one customer by a record, through identity and profile, in the all-in-one
process. Counted is what the request causes, in each thread: calls of our own code, and moves, which
are such calls from one file of ours into another. `loop` is the thread of the event loop alone,
where all of it ran at first; `of` says where the moves of each room lead.

Not counted is what no reader of the code would call a step of the way:

- A coroutine or generator that goes on after a wait. It takes the way back through frames that were
  entered and counted, and how often it waits is up to the machine. `resumed` tells how many moves
  these would be.
- What others do meanwhile, such as looks at files: a task is known by its context.
- What the counting itself brings about: a step that takes it so long is told to the caller's
  account, and no step of this query is.

    python benchmarks/house.py --json
"""

from __future__ import annotations

import asyncio
import dis
import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.budget.account import Account
from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.metering import Meter
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
_APPENDER = "log-appender"
"""Writes what the request appends; a thread that no task begins."""
_WORKED, _STEP = Account.worked.__code__, Meter.step.__code__
_RESUME = dis.opmap["RESUME"]
"""The instruction that a call begins with; behind a wait its argument is not 0."""
_RECORDS = 50
_WALKED: ContextVar[bool] = ContextVar("walked", default=False)
"""Whether a task works on the request."""
_QUERY = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { id profile { name phone email city loyaltyTier } }
}"""


class Call(NamedTuple):
    """A file of ours that was entered, and the one it was entered from; empty at the beginning."""

    caller: str
    file: str
    is_resumed: bool

    @property
    def is_move(self) -> bool:
        """Whether it leads from one file into another."""
        return self.caller not in ("", self.file)


class Walk:
    """The calls of our code by thread, while it `is_on`."""

    def __init__(self) -> None:
        self.is_on = False
        self.calls: dict[str, list[Call]] = {}

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """What `sys.setprofile` takes."""
        code = frame.f_code
        if not self.is_on or event != "call" or not code.co_filename.startswith(_OURS):
            return
        thread = threading.current_thread().name
        if (_WALKED.get() or thread == _APPENDER) and not _is_told_of_slowness(frame):
            call = Call(_caller(frame), code.co_filename, _is_resumed(frame))
            self.calls.setdefault(thread, []).append(call)


def _is_resumed(frame: FrameType) -> bool:
    """Whether it stands behind a wait, and not at its beginning."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at] == _RESUME and code[at + 1] != 0


def _is_told_of_slowness(frame: FrameType) -> bool:
    if frame.f_code is _WORKED:
        return frame.f_back is not None and frame.f_back.f_code is _STEP
    above = frame.f_back
    while above is not None and above.f_code is not _WORKED:
        above = above.f_back
    return above is not None


def _caller(frame: FrameType) -> str:
    above = frame.f_back
    while above is not None and not above.f_code.co_filename.startswith(_OURS):
        above = above.f_back
    return "" if above is None else above.f_code.co_filename


def _figures(calls: Sequence[Call]) -> dict[str, int]:
    entered = [call for call in calls if not call.is_resumed]
    return {
        "calls": len(entered),
        "files": len({call.file for call in entered}),
        "moves": sum(call.is_move for call in entered),
        "resumed": sum(call.is_move for call in calls if call.is_resumed),
    }


def _rooms(calls: Sequence[Call]) -> Mapping[str, int]:
    """Moves by the room that they lead into, the most first."""
    rooms = Counter(
        _named(str(Path(call.file).parent))
        for call in calls
        if call.is_move and not call.is_resumed
    )
    return dict(rooms.most_common())


def _named(file: str) -> str:
    return file.removeprefix(f"{_ROOT}/")


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
        "of": _rooms(whole),
        "entered": sorted({_named(call.file) for call in whole}),
    }


def main() -> None:
    """Run and report calls, files and moves."""
    chosen = options(__doc__ or "", size=1)
    with tempfile.TemporaryDirectory() as directory:
        report(asyncio.run(_run(Path(directory))), chosen)


if __name__ == "__main__":
    main()

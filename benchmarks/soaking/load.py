"""Everything that an instance does for months, in a few minutes, for the same customers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path

from callers.behaving import Client
from callers.instance import Instance

from c360_cli.api.credentials import local_token

CUSTOMERS = 300
_PAGE = """{ customers(first: 5) { edges { node { id profile { name city } segments { name }
  records { source key } timeline(first: 5) { edges { node { name } } } } } } }"""
_UPSERT = """mutation($records: [RecordInput!]!, $wait: Wait!) {
  upsertRecords(records: $records, wait: $wait) { results { status } } }"""
_WATCH = '{"query": "subscription { customerChanged(id: \\"%s\\") { id } }"}'
_CODE = re.compile(r'"code": ?"([A-Z_]+)"')
_TOUCHED_EVERY_S = 5.0
# By then every cache is full, of documents and of what is compared: what grows later is none.
_FILLING = 700
# As many tokens in all as a gateway remembers: each subscription has one of its own.
_SUBSCRIBING = 2_600
_MANY, _FEW = 75, 5


class Load:
    """Loops that ask, write, subscribe and touch files until a moment.

    `done` counts by kind, `failed` by the code of the error; `filled_at` is when the last loop had
    filled what it fills, the end if it had not.
    """

    def __init__(self, instance: Instance, until: float) -> None:
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.filled_at = until
        self._instance = instance
        self._until = until

    async def run(self) -> None:
        """All of it at once."""
        querying = [self._ask(number) for number in range(3)]
        writing = [self._write(number) for number in range(2)]
        watching = [self._subscribe(number) for number in range(4)]
        await asyncio.gather(*querying, *writing, *watching, self._touch())

    def _turns(self) -> Iterator[int]:
        return takewhile(lambda _: self._goes_on(), count())

    def _goes_on(self) -> bool:
        return time.monotonic() < self._until

    def _client(self, role: str, subject: str) -> Client:
        # Tokens end; each loop takes a new one long before.
        token = local_token(self._instance.data, [role], subject, "service")
        return Client(self._instance.port, token)

    async def _ask(self, number: int) -> None:
        client = self._client("privacy_officer", f"reader-{number}")
        for turn in self._turns():
            if turn % 500 == 499:
                client.close()
                client = self._client("privacy_officer", f"reader-{number}")
            # At first each document, then every seventh was never seen before.
            is_new = turn < _FILLING or turn % 7 == 0
            alias = f"a{number}x{turn}: " if is_new else ""
            body = json.dumps({"query": _PAGE.replace("customers", f"{alias}customers", 1)})
            await self._post(client, "asked", body)
            await self._pause(turn, 0.05)

    async def _write(self, number: int) -> None:
        client = self._client("connector", f"writer-{number}")
        for turn in self._turns():
            if turn % 500 == 499:
                client.close()
                client = self._client("connector", f"writer-{number}")
            places = _MANY if turn < _FILLING else _FEW
            records = [_record(number, turn, place) for place in range(places)]
            wait = "PROFILE" if turn % 3 == 0 else "NONE"
            variables = {"records": records, "wait": wait}
            await self._post(
                client, "written", json.dumps({"query": _UPSERT, "variables": variables})
            )
            await self._pause(turn, 0.1)

    async def _pause(self, turn: int, seconds: float, filling: int = _FILLING) -> None:
        """What fills caches is sent without one, so that it is over by the middle of the soak."""
        if turn == filling:
            self.filled_at = time.monotonic()
        if turn >= filling:
            await asyncio.sleep(seconds)

    async def _post(self, client: Client, kind: str, body: str) -> None:
        status, answer = await client.ask("POST", "/graphql", body.encode())
        is_whole = status == 200 and b'"errors"' not in answer
        self.done[kind if is_whole else f"{kind}_failed"] += 1
        if not is_whole:
            self.failed.update(set(_CODE.findall(answer.decode())) or {str(status)})

    async def _subscribe(self, number: int) -> None:
        data = self._instance.data
        for turn in self._turns():
            token = local_token(data, ["privacy_officer"], f"watcher-{number}", "service")
            reader, writer = await asyncio.open_connection("127.0.0.1", self._instance.port)
            body = _WATCH % "nobody"
            writer.write(
                f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
                "accept: text/event-stream\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n{body}".encode()
            )
            opened = await reader.readline()
            self.done["subscribed" if b" 200 " in opened else "subscribed_failed"] += 1
            await self._pause(turn, 0.5, _SUBSCRIBING)
            writer.close()

    async def _touch(self) -> None:
        """What is watched is looked at again, and used anew."""
        while self._goes_on():
            await asyncio.sleep(_TOUCHED_EVERY_S)
            for file in ("policy/policy.csv", "catalog.yaml"):
                if (path := Path(self._instance.data, file)).exists():
                    os.utime(path)
                    self.done["touched"] += 1


def _record(number: int, turn: int, place: int) -> dict[str, object]:
    key = f"soak{(turn * _FEW + place) % CUSTOMERS}w{number}"
    return {"source": "crm", "key": key, "traits": {"name": f"{key} {turn}", "city": str(turn % 9)}}

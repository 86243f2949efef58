"""The same of a store on a server: what is touched there is found."""

from __future__ import annotations

import itertools
import os
import random
import uuid
from contextlib import closing
from functools import partial

import pytest
from bson.int64 import Int64
from c360_kernel.mongodb import open_client
from pymongo.errors import DuplicateKeyError

from services.audit.tests.verifying.tampering import ENTRIES, IN_LOG, tamper_tables
from services.audit.tests.verifying.test_verify import is_at
from services.audit.tests.verifying.world import World

COLLECTIONS = (
    "audit",
    "audit_places",
    "audit_tiles",
    "audit_checkpoints",
    "audit_positions",
    "audit_summary",
)
KINDS = ("edit", "delete", "insert", "swap")
COUNT = int(os.environ.get("C360_TEST_TOUCHES", "25"))

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def other(value, dice):
    if isinstance(value, bool) or value is None:
        return "other"
    if isinstance(value, int):
        return type(value)(value + dice.choice([-3, -1, 1, 1000]))
    if isinstance(value, bytes):
        return value[:-1] if dice.random() < 0.5 else value + b"\x00"
    if isinstance(value, list):
        return [*value, "other"]
    return f"{value}x"


def place_of(name, document, entries):
    """Where a document says that it stands, as far as it does."""
    if name == "audit":
        return entries.get(document["_id"])
    if name == "audit_tiles":
        return (int(document["_id"].split("/")[0]),)
    if "off" in document and "topic" not in document:
        return int(document["part"]), int(document["off"])
    return (int(document["part"]),) if "part" in document else None


async def touch(collection, kind, dice):
    """Do one thing; what was done, and the documents that it was done to. None: nothing changes."""
    documents = [dict(one) for one in await collection.find().sort("_id", 1).to_list()]
    one = dice.choice(documents)
    if kind == "edit":
        name = dice.choice(sorted(set(one) - {"_id", "topic"}))
        await collection.update_one({"_id": one["_id"]}, {"$set": {name: other(one[name], dice)}})
        return f"edit {name}", [one]
    if kind == "delete":
        await collection.delete_one({"_id": one["_id"]})
        return kind, [one]
    if kind == "insert":
        made = {**one, "_id": f"{one['_id']}999"}
        if "number" in made:
            made["number"] = Int64(made["number"] + 1_000)
        await collection.insert_one(made)
        return kind, []
    second = dice.choice(documents)
    rest = {name: value for name, value in one.items() if name != "_id"}
    of_second = {name: value for name, value in second.items() if name != "_id"}
    if rest == of_second:
        return None
    await collection.delete_many({"_id": {"$in": [one["_id"], second["_id"]]}})
    await collection.insert_many([{"_id": one["_id"], **of_second}, {"_id": second["_id"], **rest}])
    return kind, [one, second]


class Instance:
    """A log in a file and an audit store on a server, which can be touched and put back."""

    def __init__(self, world, database):
        self.world, self.database = world, database
        self.log = world.data / "log" / "log.db"
        self.bytes = self.log.read_bytes()
        self.whole, self.entries = {}, {}

    async def remember(self):
        for name in COLLECTIONS:
            self.whole[name] = await self.database[name].find().to_list()
        for one in self.whole["audit_places"]:
            self.entries[one["entry"]] = int(one["part"]), int(one["off"])

    async def touched(self, dice):
        """What was done where, and how it is put back."""
        if dice.random() < IN_LOG:
            with closing(self.world.log_file()) as log:
                found = tamper_tables(log, (ENTRIES,), dice)
            return found.what, found.places, self.restore_log
        name, kind = dice.choice(COLLECTIONS), dice.choice(KINDS)
        try:
            done = await touch(self.database[name], kind, dice)
        except DuplicateKeyError:
            done = None
        if done is None:
            await self.restore(name)
            return None
        places = {place_of(name, one, self.entries) for one in done[1]} - {None}
        return f"{name}: {done[0]}", places, partial(self.restore, name)

    async def restore(self, name):
        await self.database[name].delete_many({})
        await self.database[name].insert_many(self.whole[name])

    async def restore_log(self):
        self.log.write_bytes(self.bytes)
        for suffix in ("-wal", "-shm"):
            self.log.with_name(self.log.name + suffix).unlink(missing_ok=True)


async def test_whatever_is_touched_is_found_with_its_place(tmp_path, mongodb_url):
    url = f"{mongodb_url}/verify-{uuid.uuid4().hex[:12]}"
    world = World(tmp_path, url)
    await world.fill(40)
    client = open_client(url, "C360_AUDIT_STORE", "test")
    instance = Instance(world, client.get_default_database())
    await instance.remember()
    assert (await world.verify()).findings == []
    missed, seeds, found = [], itertools.count(), 0
    while found < COUNT:
        seed = next(seeds)
        done = await instance.touched(random.Random(seed))
        if done is None:
            continue
        what, places, restore = done
        findings = (await world.verify()).findings
        hit = not places or any(is_at(one, place) for one in findings for place in places)
        if not findings or not hit:
            missed.append((seed, what, places, [str(one) for one in findings][:3]))
        found += 1
        await restore()
    assert (await world.verify()).findings == []
    await client.close()
    assert missed == []

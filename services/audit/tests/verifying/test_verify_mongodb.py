"""The same of a store on a server: what is touched there is found."""

from __future__ import annotations

import random
import uuid

import pytest
from bson.int64 import Int64
from c360_kernel.mongodb import open_client

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
COUNT = 60

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


def parted(document):
    part, off = document.get("part"), document.get("off")
    return None if part is None or off is None or "topic" in document else (int(part), int(off))


async def touch(collection, kind, dice):
    documents = [dict(one) for one in await collection.find().sort("_id", 1).to_list()]
    one = dice.choice(documents)
    names = sorted(set(one) - {"_id", "topic"})
    if kind == "edit":
        name = dice.choice(names)
        await collection.update_one({"_id": one["_id"]}, {"$set": {name: other(one[name], dice)}})
        return f"edit {name}"
    if kind == "delete":
        await collection.delete_one({"_id": one["_id"]})
        return kind
    if kind == "insert":
        made = {**one, "_id": f"{one['_id']}999"}
        if "number" in made:
            made["number"] = Int64(made["number"] + 1_000)
        await collection.insert_one(made)
        return kind
    second = dice.choice(documents)
    rest = {name: value for name, value in one.items() if name != "_id"}
    of_second = {name: value for name, value in second.items() if name != "_id"}
    if rest == of_second:
        return None
    await collection.delete_many({"_id": {"$in": [one["_id"], second["_id"]]}})
    await collection.insert_many([{"_id": one["_id"], **of_second}, {"_id": second["_id"], **rest}])
    return kind


async def test_whatever_is_touched_is_found(tmp_path, mongodb_url):
    url = f"{mongodb_url}/verify-{uuid.uuid4().hex[:12]}"
    world = World(tmp_path, url)
    await world.fill(40)
    client = open_client(url, "C360_AUDIT_STORE", "test")
    database = client.get_default_database()
    assert (await world.verify()).findings == []
    whole = {name: await database[name].find().to_list() for name in COLLECTIONS}
    missed = []
    for seed in range(COUNT):
        dice = random.Random(seed)
        name, kind = dice.choice(COLLECTIONS), dice.choice(KINDS)
        if (done := await touch(database[name], kind, dice)) is None:
            continue
        if not (await world.verify()).findings:
            missed.append((seed, name, done))
        await database[name].delete_many({})
        await database[name].insert_many(whole[name])
    assert not missed, sorted({(name, done) for _, name, done in missed})
    await client.close()

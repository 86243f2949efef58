"""What a gateway is run by is on record whenever it is another, also over a restart."""

import pytest
from c360_gateway.audit.in_use import InUse, Part, key_marks
from c360_kernel.audit_writer import AuditWriter
from c360_kernel.codec import decode
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.stamp import StampClock
from c360_policy.store.shipped import policy_text


class Run:
    """What is in use, and what was put on record of it."""

    def __init__(self, file):
        self.file = file
        self.log = MemoryLog()
        self.policy, self.policy_code, self.keys = "v1", "", {"token": "k1"}

    def begin(self):
        return InUse(AuditWriter(self.log, StampClock(), "test"), self.file, self.parts)

    def parts(self):
        policy = Part("policy_published", "", lambda: self.policy, lambda: self.policy_code)
        keys = self.keys.items()
        made = [
            Part("key_rotated", name, lambda mark=mark: mark, is_known_at_first=False)
            for name, mark in keys
        ]
        return [policy, *made]

    async def past(self):
        found = []
        for partition in await self.log.ends([AUDIT]):
            found += [decode(AUDIT, one.data) for one in await self.log.read(partition, 0, 100)]
        return [(act.kind, act.outcome, act.code, act.target, dict(act.details)) for act in found]


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "published.json")


FIRST = ("policy_published", "in_use", "", "v1", {"now": "v1"})


async def test_at_the_first_start_the_policy_is_on_record_and_keys_are_not(run):
    await run.begin().start()
    assert await run.past() == [FIRST]


async def test_nothing_is_told_twice_also_over_a_restart(run):
    one = run.begin()
    await one.start()
    await one._look()
    await run.begin().start()
    assert await run.past() == [FIRST]


async def test_what_changed_while_it_was_stopped_is_told_at_the_start(run):
    await run.begin().start()
    run.policy, run.keys = "v2", {"token": "k2"}
    await run.begin().start()
    assert (await run.past())[1:] == [
        ("policy_published", "in_use", "", "v2", {"now": "v2", "before": "v1"}),
        ("key_rotated", "in_use", "", "token", {"now": "k2", "before": "k1"}),
    ]


async def test_a_refused_policy_is_told_once_and_what_holds_instead(run):
    one = run.begin()
    await one.start()
    run.policy_code = "POLICY_INVALID"
    await one._look()
    await one._look()
    stated = ("policy_refused", "refused", "POLICY_INVALID", "v1", {"now": "v1", "before": "v1"})
    assert (await run.past())[1:] == [stated]


async def test_what_cannot_be_told_now_is_told_later(run, monkeypatch):
    async def away(entries):
        raise Transient("away", code="LOG_UNAVAILABLE")

    one = run.begin()
    with monkeypatch.context() as broken:
        broken.setattr(run.log, "append", away)
        await one.start()
    await one._look()
    assert await run.past() == [FIRST]


def test_marks_of_keys_hold_nothing_of_them(tmp_path):
    (tmp_path / "token.key").write_bytes(b"k" * 32)
    (tmp_path / "other.txt").write_text("x")
    (mark,) = key_marks(tmp_path).values()
    assert len(mark) == 12
    assert list(key_marks(tmp_path)) == ["token"]


async def test_a_gateway_tells_what_it_is_run_by(world):
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        pass
    kinds = {act.kind: act for act in await world.acts()}
    assert set(kinds) == {"policy_published", "catalog_changed", "schema_changed"}
    (kept,) = world.settings.schema_versions.iterdir()
    assert kept.name == f"{kinds['schema_changed'].target}.json"
    version = world.gateway.pipeline.graph.tables.policy_version
    assert kinds["policy_published"].target == version


async def test_a_policy_that_is_refused_while_it_runs_is_on_record(world):
    app = world.gateway.app
    async with app.router.lifespan_context(app):
        world.publish(
            policy_text(world.directory) + "p, ann, Profile.fone, read, , deny, *, , , x\n"
        )
    async with app.router.lifespan_context(app):
        pass
    (act,) = [one for one in await world.acts() if one.kind == "policy_refused"]
    assert act.code == "POLICY_INVALID"

"""A destination that holds rows ends with those that it may be told of, whatever went wrong."""

import json
import random
from dataclasses import replace

import pytest
from c360_activation.domain.syncing import UNCHANGED, UNSURE, Rows
from c360_activation.domain.telling import Told, Withheld
from c360_activation.handlers.mapped_fields import fields_of
from c360_activation.testing.entries import MAILER, message
from c360_kernel.catalog.model import HashedTrait
from c360_kernel.errors import Transient
from c360_mapping.refusals import RowRefused

from .receiver import OK, Receiver, answer
from .test_delivering import World

KEY = b"k" * 64
TOLD = Told("c1", {"city": "K", "email": "a@b.example"}, ["gold"], ["gold"], "GRANTED")
ONE = replace(MAILER, sync=True, traits=("city",), profile=False)
ROWS = Rows(ONE, None, KEY, by_consent=True)
LEFT = replace(TOLD, segments=())


def _step(told=TOLD, held="", rows=ROWS, id_="m", at=1):
    return rows.step(message(id_, kind="row.changed", at=at), told, held)


def _held(told=TOLD, rows=ROWS):
    return _step(told, rows=rows).taken


def test_a_row_is_added_changed_and_removed():
    added = _step()
    assert (added.parcel.type, added.failed) == ("row.added", UNSURE)
    assert added.parcel.data == {"customer": "c1", "segments": ["gold"], "traits": {"city": "K"}}
    other = replace(TOLD, traits={"city": "L"})
    changed = _step(other, added.taken)
    assert (changed.parcel.type, changed.parcel.data["traits"]) == ("row.changed", {"city": "L"})
    assert changed.taken != added.taken
    removed = _step(LEFT, changed.taken)
    assert (removed.parcel.type, removed.parcel.data) == ("row.removed", {"customer": "c1"})
    assert (removed.taken, removed.failed) == ("", UNSURE)


def test_a_row_that_is_as_it_was_is_not_told_by_whatever_message():
    with pytest.raises(Withheld) as kept:
        _step(held=_held(), id_="another", at=99)
    assert kept.value.code == UNCHANGED
    assert _step(held=UNSURE).parcel.type == "row.changed"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (LEFT, "MEMBERSHIP_CHANGED"),
        (replace(TOLD, known=()), "MEMBERSHIP_CHANGED"),
        (replace(TOLD, consent="WITHDRAWN"), "CONSENT_MISSING"),
        (replace(TOLD, lacking=["Profile.city"]), "CONSENT_MISSING"),
        (Told(""), "CUSTOMER_HIDDEN"),
        (replace(TOLD, customer="c2"), "CUSTOMER_ENDED"),
    ],
)
def test_who_may_not_be_told_of_any_more_is_removed_by_its_id_alone(told, why):
    hashed = replace(ONE, hashes={"em": HashedTrait("email", "meta_email")})
    rows = replace(ROWS, destination=hashed)
    with pytest.raises(Withheld) as kept:
        _step(told, rows=rows)
    assert kept.value.code == why
    for held in (_held(rows=rows), UNSURE):
        data = _step(told, held, rows).parcel.data
        assert data["customer"] == "c1" and "traits" not in data
        shown = [one for one in data.get("hashes", {}).values() if one]
        # Who only left is known to an audience by the hash that it has.
        assert bool(shown) == (why == "MEMBERSHIP_CHANGED")


def test_a_hash_tells_nothing_without_its_key():
    assert _held() != _held(rows=replace(ROWS, key=b"x" * 64))
    assert len(_held()) == 16 and "K" not in _held()


def test_what_is_not_mapped_is_no_change():
    rows = replace(ROWS, fields=lambda cells: {"Who": cells["customer"]})
    with pytest.raises(Withheld):
        _step(replace(TOLD, traits={"city": "L"}), _held(rows=rows), rows)


def test_no_value_that_is_not_taken_keeps_a_row_of_who_left():
    mapped = replace(ONE, fields={"City": {"column": "traits.city", "map": {"K": "1"}}})
    mapped.fields["City"]["otherwise"] = "reject"
    rows = replace(ROWS, destination=mapped, fields=fields_of(mapped))
    held = _held(rows=rows)
    elsewhere = replace(TOLD, traits={"city": "L"})
    with pytest.raises(RowRefused):
        _step(elsewhere, held, rows)
    removed = _step(replace(elsewhere, segments=()), held, rows)
    assert removed.parcel.data == {"customer": "c1", "fields": {"City": None}}
    assert removed.taken == ""


class Killed(Exception):
    pass


class Replica:
    """What a receiver that follows rows ends with; it may have taken what it says it did not."""

    def __init__(self, receiver):
        self._receiver = receiver

    def rows(self):
        rows = {}
        for _, body in self._receiver.got:
            told = json.loads(body)
            data = told["data"]
            if told["type"] == "row.removed":
                rows.pop(data["customer"], None)
            else:
                rows[data["customer"]] = data["traits"]["city"]
        return rows


def _anything(chance, customer):
    return chance.choice(
        [
            replace(TOLD, customer=customer, traits={"city": chance.choice("KLM")}),
            replace(TOLD, customer=customer, traits={"city": chance.choice("KLM")}),
            replace(LEFT, customer=customer),
            replace(TOLD, customer=customer, consent="WITHDRAWN"),
            Told(""),
        ]
    )


@pytest.mark.parametrize("seed", range(4))
async def test_after_random_changes_and_failures_it_holds_what_it_may(tmp_path, seed):
    chance = random.Random(seed)
    answers = [chance.choice([OK, OK, answer(500), answer(503)]) for _ in range(60)]
    async with Receiver(*answers).listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        customers = [f"c{number}" for number in range(4)]
        for step in range(80):
            who = chance.choice(customers)
            here.gateway.told_of[who] = _anything(chance, who)
            here.gateway.is_away = chance.random() < 0.1
            await here.queue(message(f"m{step}", who, kind="row.changed", at=here.now))
            await here.send()
            here.now += chance.randrange(1, 600_000)
        here.gateway.is_away = False
        while any(one.status == "waiting" for one in (await here.send()).values()):
            here.now += 60_000
        expected = {
            who: told.traits["city"]
            for who, told in here.gateway.told_of.items()
            if told.customer and told.segments and told.consent == "GRANTED"
        }
        assert Replica(there).rows() == expected
        sent = len(there.got)
        for who in customers:
            await here.queue(message(f"again {who}", who, kind="row.changed", at=here.now))
        assert {one.status for one in (await here.send()).values()} >= {"waiting"}
        here.now += 60_000
        await here.send()
        # What did not change is not told again, and what is not held not removed again.
        assert len(there.got) == sent
        await here.close()


async def test_who_is_killed_after_sending_takes_back_what_may_be_held(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        here.gateway.told_of["c1"] = TOLD
        await here.queue(message("m", kind="row.changed", at=here.now))
        kept = here.store.settle

        async def settle(number, outcome, now):
            if outcome.status == "sent":
                raise Killed
            await kept(number, outcome, now)

        here.store.settle = settle
        with pytest.raises(Killed):
            await here.send()
        here.store.settle = kept
        assert len(there.got) == 1
        here.gateway.told_of["c1"] = replace(TOLD, consent="WITHDRAWN")
        await here.send()
        assert Replica(there).rows() == {}
        assert len(there.got) == 2
        await here.close()


async def test_who_may_have_been_removed_is_told_again_as_before(tmp_path):
    async with Receiver(OK, answer(500)).listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        for number, told in enumerate([TOLD, LEFT, TOLD]):
            here.gateway.told_of["c1"] = told
            await here.queue(message(f"m{number}", kind="row.changed", at=here.now))
            await here.send()
            here.now += 120_000
        assert Replica(there).rows() == {"c1": "K"}
        await here.close()


async def test_nothing_is_told_that_could_not_be_taken_back(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        here.gateway.told_of["c1"] = TOLD
        await here.queue(message("m", kind="row.changed", at=here.now))
        kept = here.store.settle

        async def settle(number, outcome, now):
            if outcome.held == UNSURE:
                raise Transient("away", code="STORE_LOCKED")
            await kept(number, outcome, now)

        here.store.settle = settle
        one = (await here.send())["m"]
        assert (one.status, one.attempts, one.code) == ("waiting", 0, "STORE_LOCKED")
        assert there.connections == 0
        here.store.settle = kept
        await here.close()


async def test_a_member_who_grants_a_consent_later_has_a_row_from_then_on(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        for number, consent in enumerate(["DENIED", "GRANTED", "WITHDRAWN", "GRANTED"]):
            here.gateway.told_of["c1"] = replace(TOLD, consent=consent)
            # That it entered is told once; a consent changes the profile alone.
            kind = "row.followed" if number else "row.changed"
            await here.queue(message(f"m{number}", kind=kind, at=here.now))
            await here.send()
            assert bool(Replica(there).rows()) == (consent == "GRANTED")
            here.now += 120_000
        here.gateway.told_of["c1"] = LEFT
        await here.queue(message("left", kind="row.changed", at=here.now))
        await here.send()
        await here.queue(message("other", kind="row.followed", at=here.now))
        assert "other" not in await here.send()
        assert Replica(there).rows() == {}
        await here.close()


async def test_a_replay_tells_rows_as_they_are_now_and_takes_back_those_that_are_not(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        _keep_key(tmp_path)
        here.gateway.told_of |= {who: replace(TOLD, customer=who) for who in ("c1", "c2")}
        for who in ("c1", "c2"):
            await here.queue(message(f"in {who}", who, kind="row.changed", at=here.now))
        await here.send()
        here.gateway.told_of["c2"] = replace(LEFT, customer="c2")
        await here.queue(message("out", "c2", kind="row.changed", at=here.now))
        await here.send()
        there.got.clear()
        here.now += 120_000
        assert await here.store.again("mailer", 0, here.now) == 3
        for _ in range(3):
            await here.send()
        told = [(json.loads(body)["type"], headers["webhook-id"]) for headers, body in there.got]
        assert sorted(told) == [("row.changed", "in c1"), ("row.removed", "in c2")]
        await here.close()


async def test_what_was_queued_for_rows_tells_nobody_of_who_left_once_there_are_none(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=False, profile=False)
        here.gateway.told_of["c1"] = LEFT
        await here.queue(message("a", kind="row.changed", at=here.now))
        await here.queue(message("b", "c2", kind="row.changed", at=here.now))
        await here.queue(message("c", "c2", kind="row.followed", at=here.now))
        codes = {id_: one.code for id_, one in (await here.send()).items()}
        assert codes == {"a": "ROWS_ENDED", "b": "", "c": "ROWS_ENDED"}
        assert there.connections == 0
        await here.close()


def test_what_was_queued_before_there_were_rows_tells_the_same_row():
    before = ROWS.step(message("m", kind="segment.entered"), TOLD, "")
    assert before.taken == _held()
    assert before.parcel.data == _step().parcel.data


async def test_without_its_key_no_row_is_told(tmp_path):
    async with Receiver().listening() as there:
        here = World(tmp_path, there, sync=True, profile=False)
        here.gateway.told_of["c1"] = TOLD
        await here.queue(message("m", kind="row.changed", at=here.now))
        assert (await here.send())["m"].code == "DESTINATION_SECRET_MISSING"
        assert there.connections == 0
        await here.close()


def _keep_key(folder):
    path = folder / "mailer.rows"
    path.write_text(KEY.decode())
    path.chmod(0o600)

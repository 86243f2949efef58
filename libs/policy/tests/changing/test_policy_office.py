"""A policy that demands approval is replaced by nobody alone, on whatever way."""

import pytest
from c360_kernel.errors import Conflict, Invalid, NotFound, SettingsError
from c360_policy.changing.office import PolicyOffice, PolicyUnapproved
from c360_policy.changing.steps import Step, is_approved, person_of, versions_of
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import NOTHING_KNOWN, Known
from c360_policy.reading.parsing import parse_policy
from c360_policy.store import files
from c360_policy.store.file_ledger import FileLedger, FileShelf
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.shipped import copy_default_policy
from c360_policy.store.versions import VersionFiles
from hypothesis import given
from hypothesis import strategies as st

GRANT = "p, agent, *, read, , allow, *, , , granted\n"
FOUR_EYES = GRANT + "p, agent, policy:unapproved, write, , deny, *, , , four-eyes\n"
OTHER = FOUR_EYES + "p, agent, tag:phone, read, , allow, *, , , phones\n"
OPEN = GRANT + "p, agent, tag:phone, read, , allow, *, , , phones\n"
KNOWN = Known({"Query.a": frozenset({"phone"})})


class World:
    """Files of an instance, an office over them, and a gateway's store."""

    def __init__(self, root):
        self.policy, self.versions = root / "policy", root / "policy-versions"
        copy_default_policy(self.policy)
        (self.policy / "rows.yaml").unlink(missing_ok=True)
        self.file = self.policy / "policy.csv"
        self.file.write_text(GRANT)
        self.now_ms = 1_000
        ledger, shelf = FileLedger(self.versions), FileShelf(self.policy, self.versions)
        self.office = PolicyOffice(ledger, shelf, lambda: self.now_ms)
        self.seconds = 0.0

    def store(self):
        return FilePolicyStore(
            self.policy, VersionFiles(self.versions), lambda: KNOWN, lambda: self.seconds
        )

    def taken(self, store):
        """What a gateway has in force after it looked for long enough."""
        for _ in range(4):
            self.seconds += 5
            found = store.current()
        return found.version

    async def publish(self, text, by="ann"):
        return await self.office.publish(text, by, NOTHING_KNOWN)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def version(text):
    return parse_policy(text).version


async def test_what_demands_no_approval_is_replaced_at_once_and_its_author_is_known(world):
    changed = await world.publish(OPEN)
    assert parse_policy(world.file.read_text()).version == changed.version
    [latest, *_] = await world.office.versions()
    assert (latest.author, latest.publisher, latest.approver) == ("ann", "ann", None)
    assert latest.is_in_force and latest.in_force_at is not None
    assert await world.office.text(version(OPEN)) == world.file.read_text()


async def test_what_demands_approval_waits_for_somebody_else(world):
    await world.publish(FOUR_EYES)
    with pytest.raises(PolicyUnapproved) as waiting:
        await world.publish(OPEN)
    assert version(OPEN) == waiting.value.version != parse_policy(world.file.read_text()).version
    with pytest.raises(Invalid, match="does not approve") as own:
        await world.office.approve(waiting.value.version, "ann", NOTHING_KNOWN)
    assert own.value.code == "POLICY_OWN_APPROVAL"
    changed = await world.office.approve(waiting.value.version[:8], "bob", NOTHING_KNOWN)
    assert (changed.version, changed.authors) == (version(OPEN), ("ann",))
    assert parse_policy(world.file.read_text()).version == version(OPEN)
    found = {one.version: one for one in await world.office.versions()}[version(OPEN)]
    assert (found.author, found.approver, found.publisher) == ("ann", "bob", "bob")


@pytest.mark.parametrize("name", ["os:ann", "Ann", "os:ANN"])
async def test_one_person_has_one_say_whatever_the_name_is_written_like(world, name):
    await world.publish(FOUR_EYES)
    with pytest.raises(PolicyUnapproved):
        await world.publish(OPEN, "ann")
    with pytest.raises(Invalid):
        await world.office.approve(version(OPEN), name, NOTHING_KNOWN)


async def test_who_proposed_it_too_cannot_approve_it_either(world):
    await world.publish(FOUR_EYES)
    for by in ("ann", "bob", "ann"):
        with pytest.raises(PolicyUnapproved):
            await world.publish(OPEN, by)
    for by in ("ann", "bob"):
        with pytest.raises(Invalid):
            await world.office.approve(version(OPEN), by, NOTHING_KNOWN)
    await world.office.approve(version(OPEN), "cid", NOTHING_KNOWN)


async def test_an_approval_is_for_the_policy_that_it_replaces(world):
    await world.publish(FOUR_EYES)
    for text in (OTHER, OPEN):
        with pytest.raises(PolicyUnapproved):
            await world.publish(text)
    await world.office.approve(version(OTHER), "bob", NOTHING_KNOWN)
    with pytest.raises(Conflict):
        await world.office.approve(version(OPEN), "bob", NOTHING_KNOWN)
    with pytest.raises(PolicyUnapproved):
        await world.publish(FOUR_EYES)  # it was in force before, and is another change by now
    await world.publish(OTHER)  # which it is already


async def test_a_policy_that_is_wrong_is_not_even_proposed(world):
    await world.publish(FOUR_EYES)
    for text in ("nonsense", OPEN + "p, agent, tag:fone, read, , deny, *, , , d\n"):
        with pytest.raises(PolicyInvalid):
            await world.office.propose(text, "ann", KNOWN)
    with pytest.raises(NotFound):
        await world.office.approve(version(OPEN), "bob", NOTHING_KNOWN)


async def test_the_demand_holds_while_its_rule_does(world):
    until = FOUR_EYES.replace("*, , , four-eyes", "*, , 1970-01-01T00:00:02Z, four-eyes")
    await world.publish(until)
    with pytest.raises(PolicyUnapproved):
        await world.publish(OPEN)
    world.now_ms = 2_000
    await world.publish(OPEN)


async def test_whoever_edits_the_file_needs_the_same_approval(world, caplog):
    store = world.store()
    assert world.taken(store) == version(GRANT)
    await world.publish(FOUR_EYES)
    assert world.taken(store) == version(FOUR_EYES)
    world.file.write_text(OPEN)
    assert world.taken(store) == version(FOUR_EYES)
    assert "POLICY_UNAPPROVED" in caplog.text
    with pytest.raises(SettingsError, match="demands"):
        world.store()  # nor does a restart help
    with pytest.raises(PolicyUnapproved):
        await world.publish(OPEN)  # nor that it lies there
    await world.office.approve(version(OPEN), "bob", NOTHING_KNOWN)
    assert world.taken(store) == world.taken(world.store()) == version(OPEN)
    world.file.write_text(GRANT)
    assert world.taken(store) == version(GRANT)


async def test_a_gateway_that_takes_a_file_by_hand_holds_its_demand(world, monkeypatch):
    monkeypatch.setattr(files, "_WATCH_S", 0.0)
    world.file.write_text(FOUR_EYES)
    world.store()
    world.file.write_text("nonsense")  # what cannot be read demands nothing by itself
    with pytest.raises(PolicyUnapproved):
        await world.publish(OPEN)


async def test_a_version_is_found_by_its_beginning(world):
    await world.publish(OPEN)
    assert await world.office.find(version(OPEN)[:6]) == version(OPEN)
    for name in ("", version(OPEN)[:5], "ffffffffff"):
        with pytest.raises(NotFound):
            await world.office.find(name)


PEOPLE = st.sampled_from(("ann", "os:ann", "bob", "cid"))
STEPS = st.builds(
    Step,
    st.sampled_from(("proposed", "approved", "published")),
    st.sampled_from(("v1", "v2")),
    PEOPLE,
    st.integers(0, 9),
    st.sampled_from(("v1", "v2", "")),
)


@given(st.lists(STEPS, max_size=8))
def test_what_is_approved_was_looked_at_by_two_people(steps):
    if is_approved(steps, "v1", "v2"):
        mine = [one for one in steps if (one.version, one.base) == ("v1", "v2")]
        proposed = {person_of(one.by) for one in mine if one.what == "proposed"}
        approved = {person_of(one.by) for one in mine if one.what == "approved"}
        assert proposed and approved - proposed
    found = versions_of(steps, {"v3": None}, "v1")
    assert {"v1", "v3"} <= {one.version for one in found}
    assert [one.version for one in found if one.is_in_force] == ["v1"]

"""A policy that changes under load is never mixed with another, and what is over stays over."""

import asyncio
import random
import threading

from c360_gateway.policy.declared import Declared
from c360_gateway.policy.tables import PolicyTables
from c360_policy.mask.apply import Masks
from c360_policy.mask.kinds import NO_CATALOG
from c360_policy.reading.joining import joined
from c360_policy.reading.names import Known
from c360_policy.reading.parsing import parse_policy
from c360_policy.reading.seal import sealed
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.shipped import copy_default_policy, rows_text
from c360_policy.store.versions import VersionFiles, replace_whole
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.policy.tests.trying.grounds import SCHEMA, TAGS

BOTH = '{ customer(id: "c1") { id profile { phone name } } }'
OPEN = """p, agent, *, read, , allow, *, , , all
p, agent, operation:ad-hoc, ask, , allow, *, , , ask
"""
PHONES = OPEN + "p, agent, tag:phone, read, , allow, *, , , phones\n"
NAMES = OPEN + "p, agent, tag:name, read, , allow, *, , , names\n"
OTHER = {"phone": "name", "name": "phone"}


def shown_by(directory):
    """What each version shows, with the rows of a directory."""
    rows = rows_text(directory)
    found = {"phone": PHONES, "name": NAMES}
    return {parse_policy(joined(text, rows)).version: name for name, text in found.items()}


async def test_no_answer_is_made_of_two_policies(make_world):
    world = await make_world(policy=PHONES)
    versions = shown_by(world.settings.policy_directory)
    is_over = asyncio.Event()

    async def change():
        chosen = random.Random(7)
        while not is_over.is_set():
            world.publish(chosen.choice((NAMES, PHONES)))
            await asyncio.sleep(0)

    changing = asyncio.create_task(change())
    answers = []
    for _ in range(6):
        answers += await asyncio.gather(*(world.ask(BOTH, "agent") for _ in range(8)))
    is_over.set()
    await changing
    seen = set()
    for answer in answers:
        profile = answer["data"]["customer"]["profile"] or {}
        shown = {name for name in ("phone", "name") if profile.get(name) is not None}
        assert len(shown) <= 1
        denied = {one["coordinate"] for one in answer["extensions"]["policy"]}
        assert len(denied & {"Profile.phone", "Profile.name"}) == 1
        seen |= shown
    assert seen == {"phone", "name"}
    for act in await world.audited():
        decisions = {use.coordinate: use.decision for use in act.uses}
        own = versions[act.policy_version]
        assert decisions[f"Profile.{own}"] == "allow"
        assert decisions[f"Profile.{OTHER[own]}"] == "deny"


class Served:
    """A supergraph, as far as tables read it."""

    schema = SCHEMA
    tags = TAGS


def tables_over(directory, now_ms):
    copy_default_policy(directory / "policy")
    replace_whole(directory / "policy" / "policy.csv", sealed(PHONES))
    store = FilePolicyStore(
        directory / "policy", VersionFiles(directory / "versions"), Known, lambda: 0.0
    )
    declared = {}
    masks = Masks(NO_CATALOG, b"k" * 16)
    tables = PolicyTables(store, Served(), masks, Declared(declared), now_ms)
    return store, tables, directory / "policy" / "policy.csv"


def test_threads_that_ask_while_it_is_read_anew_have_one_policy_each(tmp_path):
    store, tables, file = tables_over(tmp_path, lambda: 1_000_000)
    versions, wrong, is_over = shown_by(tmp_path / "policy"), [], threading.Event()

    def ask():
        while not is_over.is_set():
            table = tables.of(("agent",), "").table
            own = versions[table.policy_version]
            if (table.read("Profile.phone").action == "allow") != (own == "phone"):
                wrong.append(table.policy_version)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for one in askers:
        one.start()
    seen = set()
    for policy in [NAMES, PHONES] * 5:
        replace_whole(file, sealed(policy))
        store.refresh()
        seen.add(versions[tables.of(("agent",), "").table.policy_version])
    is_over.set()
    for one in askers:
        one.join()
    assert (wrong, seen) == ([], {"phone", "name"})


def minute(number):
    return f"1970-01-01T00:{number:02}:00Z"


@settings(max_examples=10, deadline=None)
@given(begin=st.integers(1, 20), lasts=st.integers(2, 30), first=st.integers(0, 3))
def test_a_grant_counts_in_its_time_alone_before_a_reload_and_after_it(
    tmp_path_factory, begin, lasts, first
):
    end = begin + lasts
    times = (begin - 1, begin, end - 1, end, 59)[first:]
    now = [0]
    store, tables, file = tables_over(tmp_path_factory.mktemp("p"), lambda: now[0] * 60_000)
    window = f"{minute(begin)}, {minute(end)}"
    grant = f"p, agent, tag:email, read, , allow, *, {window}, short\n"
    for spaces, at in enumerate(times):
        now[0] = at
        for text in (PHONES + grant, PHONES + grant + "# again\n" * (spaces + 1)):
            # The same meaning, read anew: the table that was compiled earlier may be found again.
            replace_whole(file, sealed(text))
            store.refresh()
            allowed = tables.of(("agent",), "").table.read("Profile.email").action == "allow"
            assert allowed == (begin <= at < end)

"""All that a reader may see of accounts, for tests that compare what two stores say."""

from __future__ import annotations

from collections.abc import Mapping

from c360_account.domain.roll_ups import RollUpRules
from c360_account.store.answers import Answers
from c360_account.store.port import AccountReader, AccountStore
from c360_account.store.rolling_up import RollingUp
from c360_account.testing.entries import CATALOG

NOW = 44
"""The moment that is asked about, ms UTC: within the times that `worlds` are made of."""
_ROLL_UPS = RollUpRules(CATALOG)


async def shown(reader: AccountReader) -> Mapping[str, object]:
    """Records, members, place in the tree and roll-ups of every account, by id."""
    answers, ids = Answers(reader), await reader.page("", 100)
    rolling_up = RollingUp(reader, answers, _ROLL_UPS, NOW)
    return {
        id_: (
            [one.key for one in (await reader.records_of([id_]))[id_]],
            (await answers.members([id_]))[id_],
            await answers.hierarchy(id_),
            await answers.children(id_),
            await answers.subtree(id_),
            await rolling_up.of(id_),
        )
        for id_ in ids
    }


async def expect_told(store: AccountStore) -> None:
    """What is told that accounts come to is what is worked out of all of it now."""
    present = (await store.waiting()).present
    rolling_up = RollingUp(store, Answers(store), _ROLL_UPS, present)
    for id_ in await store.page("", 100):
        records = (await store.records_of([id_]))[id_]
        told = {one.key: one.comes_to for one in records if one.comes_to}
        found = await rolling_up.of(id_, _ROLL_UPS.live)
        assert told == ({records[0].seed: found} if found else {}), id_

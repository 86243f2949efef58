"""All that a reader may see of accounts, for tests that compare what two stores say."""

from __future__ import annotations

from collections.abc import Mapping

from c360_account.domain.roll_ups import RollUpRules
from c360_account.graph.answers import Answers
from c360_account.graph.rolling_up import RollingUp
from c360_account.store.port import AccountReader
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

"""What became of entries, for whoever waits; kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.port import RECEIPT_LIFE_MS, RECEIPTS_KEPT

OUTCOMES = (
    "UNWIND $given.entries AS entry MATCH (t:Receipt {entry: entry})"
    " USING INDEX SEEK t:Receipt(entry)"
    " RETURN collect([t.entry, t.outcome])"
)
_NOTE = (
    "CALL () { UNWIND $given.rows AS row MERGE (t:Receipt {entry: row[0]})"
    " ON CREATE SET t.outcome = row[1], t.at = row[2] }"
    " CALL () { MATCH (t:Receipt) WHERE t.at < $given.oldest DELETE t }"
    " MATCH (t:Receipt) RETURN [[count(t)]]"
)
_FORGET_OLDEST = (
    "MATCH (t:Receipt) WHERE t.at IS NOT NULL WITH t ORDER BY t.at LIMIT $given.excess DELETE t"
)


class Receipt(NamedTuple):
    """Notes the outcome of an entry of log time `at` (ms UTC)."""

    entry_id: str
    outcome: Outcome
    at: int


async def note(transaction: Transaction, receipts: Sequence[Receipt]) -> None:
    """Keep receipts and forget those past their life."""
    if not receipts:
        return
    rows = sorted(list(receipt) for receipt in receipts)
    oldest = max(receipt.at for receipt in receipts) - RECEIPT_LIFE_MS
    ((count,),) = await transaction.rows(_NOTE, rows=rows, oldest=oldest)
    if count > RECEIPTS_KEPT:
        await transaction.rows(_FORGET_OLDEST, excess=count - RECEIPTS_KEPT)

"""What profile told of customers, as nodes of their own."""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.version import Version

from c360_identity.domain.rule_values import RuleValues
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.rule_values_text import values_text

VALUES = (
    "UNWIND $given.ids AS id MATCH (t:Told {customer: id}) USING INDEX SEEK t:Told(customer)"
    " WHERE t.said IS NOT NULL RETURN collect([id, t.said])"
)
_KEEP = (
    "UNWIND $given.rows AS row MERGE (t:Told {customer: row[0]}) WITH t, row"
    " WHERE t.version IS NULL OR t.version < row[1] SET t.version = row[1], t.said = row[2]"
)


async def keep_rule_values(transaction: Transaction, values: Iterable[RuleValues]) -> None:
    """Keep what is newer than what is kept; in one order, so that units do not meet crosswise."""
    rows = [[one.customer, _order(one.version), values_text(one.values)] for one in values]
    if rows:
        await transaction.rows(_KEEP, rows=sorted(rows, key=lambda row: str(row[0])))


def _order(version: Version) -> str:
    """Text in the order of versions."""
    return f"{version.epoch:012d}.{version.counter:020d}"

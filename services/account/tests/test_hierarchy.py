"""Where accounts stand: which parent counts, and how much is read to tell."""

from c360_account.domain.forest import Hierarchy
from c360_account.domain.model import AccountRecord
from c360_account.domain.saying import said
from c360_account.store.answers import Answers
from c360_account.store.scoped import ScopedReader
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed
from c360_account.testing.entries import ACCOUNT_ID, account_entry
from c360_kernel.payload import AccountUpserted
from c360_kernel.record import RecordKey


async def test_of_records_that_name_one_parent_the_one_that_says_so_last_counts():
    shared = {"number": "N-1001"}
    store = MemoryAccountStore(ACCOUNT_ID)
    await feed(
        store,
        [
            account_entry("crm/p", 1),
            account_entry("crm/q", 2),
            account_entry("crm/a", 3, shared),
            account_entry("crm/b", 4, shared, parent="crm/p"),
            account_entry("crm/c", 5, shared, parent="crm/q"),
            account_entry("crm/a", 6, shared, revision=2, parent="crm/p"),
        ],
    )
    a, p = (ACCOUNT_ID(RecordKey("crm", key)) for key in "ap")
    assert await Answers(store).hierarchy(a) == Hierarchy(p)


class CountedReader(ScopedReader):
    """Accounts in one circle, and how often they are read."""

    def __init__(self, size: int) -> None:
        self.size, self.reads = size, 0

    async def records_of(self, accounts):
        self.reads += 1
        return {id_: [self.record(int(id_))] for id_ in accounts}

    async def accounts_of(self, records):
        return {key: key.key for key in records}

    def record(self, number):
        key = RecordKey("crm", str(number))
        parent = RecordKey("crm", str((number + 1) % self.size))
        payload = AccountUpserted(key, 1, 1, parent=parent)
        return AccountRecord(key, f"{number:03}", said(payload, f"{number:03}"), key)


async def test_the_hierarchy_of_many_accounts_reads_each_of_them_once():
    reader = CountedReader(200)
    answers = Answers(reader)
    found = [await answers.hierarchy(str(number)) for number in range(reader.size)]
    assert [one.parent for one in found[:3]] == ["1", "2", "3"]
    assert found[-1] == Hierarchy("", "0")
    assert reader.reads == reader.size

"""The contract of the port, its model in memory, and entries to feed both."""

from c360_account.testing.contract import AccountStoreContract
from c360_account.testing.memory import MemoryAccountStore

__all__ = ["AccountStoreContract", "MemoryAccountStore"]

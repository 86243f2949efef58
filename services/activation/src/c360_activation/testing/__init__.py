"""The contract of the store, and its model in memory."""

from c360_activation.testing.contract import ActivationStoreContract
from c360_activation.testing.memory import MemoryActivationStore

__all__ = ["ActivationStoreContract", "MemoryActivationStore"]

"""The contract of `SegmentStore`, and the in-memory model every adapter is compared with."""

from c360_segment.testing.contract import SegmentStoreContract
from c360_segment.testing.memory import MemorySegmentStore

__all__ = ["MemorySegmentStore", "SegmentStoreContract"]

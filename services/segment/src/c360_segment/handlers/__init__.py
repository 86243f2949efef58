"""Log in: folds batches of entries into a store and tells who entered and left."""

from c360_segment.handlers.handler import SegmentHandler
from c360_segment.handlers.settling import settle

__all__ = ["SegmentHandler", "settle"]

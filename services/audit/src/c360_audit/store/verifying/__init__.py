"""Checking what is on record: the log, the store and the trees against what was signed."""

from c360_audit.store.verifying.anchors import Anchor, Anchors
from c360_audit.store.verifying.verifier import Verdict, verify

__all__ = ["Anchor", "Anchors", "Verdict", "verify"]

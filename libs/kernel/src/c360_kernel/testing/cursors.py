"""Cursors under a key that everybody knows."""

from __future__ import annotations

from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer

SEALER = CursorSealer(SubgraphKeys("test", {"test": b"for tests alone"}))

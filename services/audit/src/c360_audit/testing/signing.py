"""Keys for tests, which keep nothing secret."""

from __future__ import annotations

from c360_kernel.signing import SigningKeys

from c360_audit.store.signing import TreeSigner

KEYS = SigningKeys((bytes(range(32)),))
SIGNER = TreeSigner(KEYS)

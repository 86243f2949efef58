"""Which normalizers make values of other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from c360_kernel.catalog.normalizers.mailbox import mailbox_of

DERIVING: Mapping[str, str] = {"mailbox": "email"}
"""By each of them the normalizer of what it makes its values of."""

FOLDS: Mapping[str, Callable[[str], str | None]] = {"mailbox": mailbox_of}
"""A normalized value to what is made of it, None where nothing is."""

"""Identifier values that stand for "none" or for everybody, and so never link.

From Segment's and other products' defaults and dummies seen in the field; a
catalog's own `blocked:` list replaces them, an identifier type's list adds to
them. A pattern must match the whole value, in any case.
"""

from __future__ import annotations

DEFAULT_BLOCKED = (
    r"[0-9]",
    r"[0-]+",
    r"-1",
    r"1{6,}",
    r"9{6,}",
    r"x{2,}",
    r"[-?.*_]+",
    r"null|nil|none|nan|undefined|unknown|anonymous|void|empty|missing|n/?a|test|abc123",
    r"(\+?86)?13800138000",
    r"(\+?86)?1[3-9]0{9}",
    r"(\+?1)?(555)?5555555",
    r"(test|no|none|null|noemail|no-?reply|anonymous|unknown)@.*",
    r".*@(test\.com|localhost)",
    r"[0:-]+",
    r"02:00:00:00:00:00",
)

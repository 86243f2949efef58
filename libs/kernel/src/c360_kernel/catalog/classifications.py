"""The tags that a catalog may use: those of the default catalog, and those that it lists itself.

A tag that nobody listed is a misspelling until somebody says otherwise: a deny on `phone` would
not hold for what is tagged `phnoe`.
"""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import Classification

DEFAULT_TAGS = frozenset(
    {
        "address", "behaviour", "birth_date", "city", "customer_number", "demographic",
        "device_id", "email", "employment", "financial", "free_text", "location", "name",
        "national_id", "phone", "wechat_id",
        # Says that something is not personal.
        names.PUBLIC,
        # Carried by keys of records, refused items and what stewards do, whatever the catalog.
        "record_key", "quarantine", "identity_decision", "correction", "customer_tag",
        # Carried by what says who belongs to which account, and as what.
        "account_link",
    }
)  # fmt: skip


def read_classifications(section: Located) -> dict[str, Classification]:
    """`classifications:`, the company's own tags, as `health: {title: Health}`."""
    own: dict[str, Classification] = {}
    for name, at in section.fields().items():
        if not names.TAG.fullmatch(name):
            at.complain(f"'{name}' is not a tag: {names.TAG_STYLE}")
        entry = Entry(at, ("title", "description"))
        own[name] = Classification(name, entry.text("description"), entry.titles())
    return own


def known_tags(own: Mapping[str, Classification]) -> frozenset[str]:
    """Every tag that may be used."""
    return DEFAULT_TAGS.union(own)

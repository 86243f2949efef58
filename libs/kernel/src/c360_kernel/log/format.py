"""The format of the log, which every entry of it is in or was before."""

from __future__ import annotations

LOG_FORMAT = 3
"""To be raised with every change of what topics hold that an older program would take for another.

1: whole states of records. 2: also parts of them (`mode: PATCH`), and sealed personal data.
3: also consents that end, and such that replace answers on other records.
"""
READABLE = frozenset({1, 2, LOG_FORMAT})
"""Formats that this version reads. One of before becomes the present one when it is opened."""

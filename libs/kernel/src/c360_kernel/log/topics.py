"""The topics of the log."""

from __future__ import annotations

RECORDS = "records"
EVENTS = "events"
CONSENTS = "consents"
DECISIONS = "decisions"
IDENTITIES = "identities"
PROFILES = "profiles"
MEMBERSHIPS = "memberships"
AUDIT = "audit"
QUARANTINE = "quarantine"
DEAD_LETTERS = "dead-letters"

TRUTH = (RECORDS, EVENTS, CONSENTS, DECISIONS)
DERIVED = (IDENTITIES, PROFILES, MEMBERSHIPS)
TOPICS = (*TRUTH, *DERIVED, AUDIT, QUARANTINE, DEAD_LETTERS)

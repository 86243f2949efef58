"""Where a phone comes from, what it beat and why, and what was known before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from c360_kernel.errors import Invalid

from c360_cli.demo.questions import Question
from c360_cli.generate import World

ROLE = "privacy_officer"
_SOURCE, _RIVAL, _TRAIT = "crm", "erp", "phone"
_LOOKED_AT = 200
_DIGITS = 4
_ABOUT = "($source: String!, $key: String!)"
Ask = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Asks a query with variables as the officer; the whole answer."""

WHY = Question(
    role=ROLE,
    title="Why this phone, and what did it beat?",
    look_for="Every record that says something else, with the reason why it lost.",
    query=f"""query {_ABOUT} {{
  customerByRecord(source: $source, key: $key) {{
    profile {{ phone }}
    provenance(first: 40) {{ trait source key observedAt rule
      candidates(first: 20) {{ source key observedAt lostBecause traits {{ phone }} }} }}
  }}
}}""",
)
THEN = Question(
    role=ROLE,
    title="What did we know the day before the CRM said so?",
    look_for="Profile and records as of that instant, and what has changed since.",
    query="""query ($source: String!, $key: String!, $at: DateTime!) {
  customerByRecord(source: $source, key: $key) {
    now: profile { name phone city loyaltyTier }
    then: profile(asOf: $at) { name phone city loyaltyTier }
    records { source key traits(asOf: $at) { phone city } }
    changes(from: $at) { trait }
  }
}""",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A phone of the CRM that beat a newer one of the ERP."""

    about: Mapping[str, str]
    phone: str
    won: Mapping[str, Any]
    lost: Mapping[str, Any]

    @property
    def answer(self) -> dict[str, Any]:
        """The answer about the phone, without the other traits."""
        return {"profile": {"phone": self.phone}, "provenance": [self.won]}

    @property
    def day_before(self) -> str:
        """An instant a day before the CRM saw its phone."""
        seen = datetime.fromisoformat(self.won["observedAt"]).astimezone(UTC)
        return (seen - timedelta(days=1)).isoformat().replace("+00:00", "Z")

    def line(self) -> str:
        """What happened, in words."""
        trusted = (
            "is trusted more" if self.lost["lostBecause"].lower() == "less_trusted" else "is newer"
        )
        return (
            f"phone from {_SOURCE.upper()}, beat {_RIVAL.upper()}'s newer one"
            f" because {_SOURCE.upper()} {trusted}"
        )


async def find(world: World, ask: Ask) -> Found:
    """The first customer of the world of whom it is so. Raises `Invalid` (DEMO_DIFFERS)."""
    records = sorted(record for record in world.truth if record[0] == _SOURCE)
    for source, key in records[:_LOOKED_AT]:
        about = {"source": source, "key": key}
        answer = await ask(WHY.query, about)
        for found in _beaten(about, answer["data"]["customerByRecord"]):
            return found
    raise Invalid("no phone beat a newer one", code="DEMO_DIFFERS")


def _beaten(about: Mapping[str, str], customer: Mapping[str, Any] | None) -> Iterator[Found]:
    for one in (customer or {}).get("provenance") or ():
        if (one["trait"], one["source"]) != (_TRAIT, _SOURCE):
            continue
        phone = str((customer or {})["profile"]["phone"])
        for other in one["candidates"]:
            said = str(other["traits"]["phone"] or "")
            is_newer = other["observedAt"] > one["observedAt"]
            differs = said[-_DIGITS:] != phone[-_DIGITS:]
            if other["source"] == _RIVAL and is_newer and differs:
                yield Found(about, phone, one, other)

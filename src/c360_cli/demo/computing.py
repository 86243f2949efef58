"""A computed trait that changes when its window runs out, though nothing happens, and why.

The window is a minute, and the event happened a little less than that ago, so that nobody waits
for long; the time that passes is the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from c360_kernel.catalog.loader import FILE_NAME, default_catalog_text
from c360_kernel.catalog.model import Catalog
from c360_kernel.new_file import make_whole

from c360_cli.demo.questions import Question

TRAIT = "viewsLastMinute"
ROLE = "privacy_officer"
LEFT_S = 10
"""So many seconds are left of the window when the event is sent."""
_WINDOW_S = 60
_SECTION = f"""
computed:
  {TRAIT}:
    title: {{en: Pages seen in the last minute, zh-Hans: 最近一分钟浏览页面}}
    kind: count
    event: page_viewed
    last: 1 minute
    tag: behaviour
"""
WHY = Question(
    role=ROLE,
    title="How many pages did somebody see in the last minute, and until when is that so?",
    look_for="The events that count, and when the value changes by itself.",
    query=f"""query ($source: String!, $key: String!) {{
  customerByRecord(source: $source, key: $key) {{
    profile {{ {TRAIT} }}
    computed {{ trait kind from changesAt
      events(first: 3) {{ totalCount edges {{ node {{ name occurredAt source }} }} }} }}
  }}
}}""",
)


def copy_catalog(data: Path) -> None:
    """Put a catalog into a new demonstration that computes something, beside the default one."""
    path = data / FILE_NAME
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        make_whole(path, (default_catalog_text() + _SECTION).encode())


def is_computed(catalog: Catalog) -> bool:
    """Whether a demonstration's catalog has the trait; one of before has none."""
    return TRAIT in catalog.computed


def view(source: str, key: str, now: datetime) -> dict[str, Any]:
    """A page that somebody saw nearly a minute ago, as a line of an import."""
    at = now - timedelta(seconds=_WINDOW_S - LEFT_S)
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "source": source,
        "key": key,
        "messageId": f"demo-{moment}",
        "name": "page_viewed",
        "occurredAt": moment,
        "properties": {"page": "/"},
    }


def value_in(answer: Mapping[str, Any]) -> int | None:
    """The trait in an answer."""
    return answer["data"]["customerByRecord"]["profile"][TRAIT]

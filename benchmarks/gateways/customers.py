"""One customer through three subgraphs: plain copies of identity, profile and segment."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from c360_kernel.catalog import default_catalog
from c360_policy.store.shipped import policy_text

from c360_cli.assembly import assemble

from .plain import Plain
from .scenario import Scenario

Json = Any
_CUSTOMERS = 200
_QUERY = """
query One($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) {
    id
    identifiers { phone email }
    profile { name phone city loyaltyTier }
    segments { name title }
  }
}
"""
_NAMES = ("Wang Fang", "Li Wei", "Zhang Min", "Liu Yang", "Chen Jing", "Maria Rossi", "John Smith")
_CITIES = ("Shanghai", "Chengdu", "Hangzhou", "Berlin", "Lyon")
_TIERS = ("bronze", "silver", "gold")


def customers() -> Scenario:
    """The scenario over a world that is the same each time.

    The subgraphs have our services' own SDL, and the policy is the one that ships.
    """
    world = [_customer(number) for number in range(_CUSTOMERS)]
    by_id = {one["id"]: one for one in world}
    by_key = {one["key"]: one for one in world}

    def by_record(source: str, key: str) -> Json:
        return by_key.get(key) if source == "crm" else None

    def entity(given: Mapping[str, Json]) -> Json:
        return by_id.get(given["id"])

    root = {"customerByRecord": by_record}
    return Scenario(
        name="customers",
        subgraphs={name: Plain(sdl, root, entity) for name, sdl in _own_sdl().items()},
        root=root,
        query=_QUERY,
        variables=[{"source": "crm", "key": one["key"]} for one in world],
        role="support_agent",
        policy=policy_text(Path()),
        masks={"phone": lambda text: f"***{text[-4:]}", "email": lambda _: "cu***@***.com"},
    )


def _own_sdl() -> dict[str, str]:
    """The SDL of our three subgraphs."""
    with tempfile.TemporaryDirectory() as directory:
        services = assemble(Path(directory)).services
        return {service.name: service.open_graph().sdl() for service in services}


def _customer(number: int) -> Json:
    chance = random.Random(number)
    phones = [f"+861{chance.randrange(10**9, 10**10)}" for _ in range(1 + number % 2)]
    titles = default_catalog().segments.items()
    chosen = sorted(chance.sample([(name, one.title) for name, one in titles], k=2))
    return {
        "id": f"c{number:024d}",
        "key": f"C-{number:06d}",
        "identifiers": {"phone": phones, "email": [f"customer{number:04d}@example.com"]},
        "profile": {
            "name": chance.choice(_NAMES),
            "phone": phones[0],
            "city": chance.choice(_CITIES),
            "loyaltyTier": chance.choice(_TIERS),
        },
        "segments": [{"name": name, "title": title} for name, title in chosen],
    }

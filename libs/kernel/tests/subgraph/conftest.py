"""A small subgraph over a small catalog."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog

CATALOG = """
identifiers:
  phone: {normalizer: phone, tier: 2, tag: phone}
  national_id: {normalizer: national_id, tier: 0, tag: national_id}
  member_card: {normalizer: card, tier: 2, tag: public, description: Loyalty card}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  points: {type: int, tag: public}
  spend: {type: float, tag: financial}
  birthDate: {type: date, tag: birth_date}
  seenAt: {type: datetime, tag: behaviour}
  newsletter: {type: boolean, tag: public}
  interests: {type: strings, tag: behaviour}
  class: {type: string, tag: public}
events:
  order_completed:
    description: An order was paid
    properties:
      amount: {type: float, tag: financial}
      quantity: {type: int, tag: public}
  page_viewed: {}
sources: {crm: {priority: 0}}
segments:
  spenders: {condition: {trait: spend, op: at_least, value: 10}}
  rich_or_read:
    title: Rich or well read
    condition:
      any: [{trait: points, op: at_least, value: 5}, {trait: interests, op: contains, value: books}]
  buyers: {condition: {event: order_completed}}
purposes:
  marketing: {description: Offers}
  personal-ads: {}
"""


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return parse_catalog(CATALOG, "catalog.yaml")

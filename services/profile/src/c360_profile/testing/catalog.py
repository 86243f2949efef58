"""A small catalog with one trait of every rule and of every type."""

from __future__ import annotations

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers

from c360_profile.domain.golden import GoldenRules

_TEXT = """
sources:
  crm: {priority: 0, region: CN}
  web: {priority: 1, region: CN}
  shop: {priority: 1, region: US}
  poll: {priority: 2, trust: 40}
  rumour: {priority: 0, trust: 0}
identifiers:
  phone: {normalizer: phone, tier: 2, limit: none, fan: 4, tag: phone}
  member_card: {normalizer: card, tier: 2, limit: none, fan: 4, tag: customer_number}
traits:
  phone: {type: string, tag: phone, survivorship: latest, identifier: phone}
  name: {type: string, tag: name, survivorship: source_priority}
  city: {type: string, tag: public, survivorship: latest}
  channel: {type: string, tag: public, survivorship: oldest}
  gender: {type: string, tag: demographic, survivorship: most_frequent}
  interests: {type: strings, tag: behaviour, survivorship: union}
  spend: {type: float, tag: financial, survivorship: latest}
  points: {type: int, tag: public, survivorship: latest}
  member: {type: boolean, tag: public, survivorship: latest}
  birthDate: {type: date, tag: birth_date, survivorship: latest}
  seenAt: {type: datetime, tag: public, survivorship: latest}
  nickname: {type: string, tag: name, survivorship: longest}
  highest: {type: int, tag: public, survivorship: maximum}
  firstDay: {type: date, tag: public, survivorship: minimum}
  motto: {type: string, tag: public, survivorship: latest, ignoreEmpty: false}
  likes: {type: strings, tag: behaviour, survivorship: latest, ignoreEmpty: false}
  workPhone: {type: string, tag: phone, survivorship: latest, identifier: phone, onlyIfValid: true}
events:
  order_completed:
    properties: {amount: {type: float, tag: financial}, sku: {type: string, tag: public}}
  page_viewed: {properties: {page: {type: string, tag: behaviour}}}
segments:
  known_to_spend: {condition: {trait: spend, op: exists}}
  in_z_or_young:
    condition:
      any:
        - {trait: city, op: equals, value: Z}
        - {trait: birthDate, op: at_least, value: "2000-01-01"}
  buyers: {condition: {event: order_completed}}
purposes:
  marketing: {description: Offers}
  service: {description: Service}
"""

CATALOG = parse_catalog(_TEXT, "testing")
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)

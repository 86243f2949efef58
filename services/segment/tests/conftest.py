import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_segment.domain.compiled import Compiler, Look
from c360_segment.domain.reasons import reason_of
from c360_segment.domain.segments import Segments, compile_segments

VOCABULARY = """
sources:
  crm: {priority: 0}
  web: {priority: 1}
traits:
  tier: {type: string, tag: public}
  points: {type: int, tag: public}
  spend: {type: float, tag: public}
  city: {type: string, tag: city}
  labels: {type: strings, tag: public}
  vip: {type: boolean, tag: public}
  since: {type: date, tag: public}
  seenAt: {type: datetime, tag: public}
purposes: {marketing: {}}
tags:
  complaint: {type: flag, tag: public}
  risk: {type: score, tag: financial}
events:
  bought:
    properties:
      amount: {type: float, tag: financial}
      sku: {type: string, tag: public}
  looked:
    properties:
      amount: {type: float, tag: public}
"""

SEGMENTS = """
segments:
  buyers: {condition: {event: bought}}
  repeat_buyers: {condition: {event: bought, count: {at_least: 2, at_most: 3}}}
  big_buyers:
    condition: {event: bought, where: [{property: amount, op: at_least, value: 5}]}
  window_shoppers:
    condition:
      all:
        - {event: looked}
        - {event: bought, count: {at_most: 0}}
  golden: {condition: {trait: tier, op: in, value: [gold]}}
  unknown_city: {condition: {trait: city, op: missing}}
  mixed:
    condition:
      any:
        - all:
            - {trait: points, op: greater_than, value: 10}
            - not: {trait: labels, op: contains, value: staff}
        - {event: looked, count: {at_least: 2}}
  may_write_to: {condition: {consent: marketing, is: granted}}
  never_asked: {condition: {all: [{source: crm}, {not: {consent: marketing}}]}}
  left_alone: {condition: {any: [{tag: complaint}, {tag: risk, op: at_least, value: 70}]}}
  of_the_web: {condition: {source: web}}
  half_of_the_web: {condition: {all: [{segment: of_the_web}, {bucket: {percent: 50, of: a}}]}}
  guests: {condition: {list: guests}}
  other_guests: {condition: {all: [{list: guests}, {not: {segment: golden}}]}}
  not_parisian: {condition: {not: {trait: city, op: starts_with, value: P}}}
"""


def segments_of(text: str) -> Segments:
    return compile_segments(parse_catalog(VOCABULARY + text, "catalog.yaml"))


def why(condition, facts):
    """Why a condition holds or fails, as it is told."""
    compiler = Compiler()
    return list(reason_of(condition, compiler)(Look(facts)))


@pytest.fixture(scope="session")
def segments() -> Segments:
    return segments_of(SEGMENTS)


@pytest.fixture(scope="session")
def compiled():
    """Compiles a `segments:` section against the vocabulary of these tests."""
    return segments_of

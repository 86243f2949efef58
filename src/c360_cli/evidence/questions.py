"""What is asked of an instance about evidence; the catalog says what identifiers there are."""

from __future__ import annotations

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import camel
from c360_kernel.errors import Invalid

_EDGE = """fragment OneEdge on EvidenceEdge {
  record { ...OneRecord } other { ...OneRecord } identifier { ...Values }
  since until rule state score scoreRounded model
}
"""
_RECORD = "fragment OneRecord on SourceRecord { source key firstSeenAt }\n"
_EXPLAIN = """query ExplainIdentity($a: RecordRef!, $b: RecordRef!) {
  explainIdentity(a: $a, b: $b) {
    together morePaths rulesVersion
    paths { steps {
      from { ...OneRecord } to { ...OneRecord } identifier { ...Values } rule since
      score scoreRounded model
    } }
    refusals {
      kind rule by score scoreRounded model parts { ...Parts }
      identifier { ...Values } edges(first: 20) { ...OneEdge }
    }
  }
}
"""

_REVIEWS = """query IdentityReviews($first: Int!, $after: String) {
  identityReviews(first: $first, after: $after) {
    edges { cursor node { kind since a { ...OneRecord } b { ...OneRecord } evidence {
      rule state since score scoreRounded model identifier { ...Values }
    } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def reviewing(catalog: Catalog) -> str:
    """What a steward may have to decide: variables `first` and `after`."""
    return "".join((_REVIEWS, _RECORD, _values(catalog)))


_HISTORY = """query IdentityHistory($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { id decisions {
    at cause customerId leftId decisionId actor reason stands
    record { ...OneRecord } other { ...OneRecord }
  } }
}
"""
_PAST = """query IdentityAt($record: RecordRef!, $at: DateTime!) {
  identityAt(record: $record, at: $at) { id records { ...OneRecord } }
}
"""
HISTORY = _HISTORY + _RECORD
PAST = _PAST + _RECORD

_EVIDENCE = """query CustomerEvidence($id: ID!, $skip: Int!) {
  customer(id: $id) { id evidence {
    complete records(first: 1000) { ...OneRecord } edges(first: 1000, skip: $skip) {
      record { ...OneRecord } other { ...OneRecord } identifier { ...Values }
      since until rule state score scoreRounded model
    }
  } }
}
"""
EDGES_A_PAGE = 1_000
_COMPARED = ("string", "date")


def picturing(catalog: Catalog) -> str:
    """The evidence of a customer: variables `id` and `skip`, the edges that were told before."""
    return "".join((_EVIDENCE, _RECORD, _values(catalog)))


def explaining(catalog: Catalog) -> str:
    """Why two records are one customer, or why not: variables `a` and `b`."""
    return "".join((_EXPLAIN, _EDGE, _RECORD, _values(catalog), _parts(catalog)))


def record_of(text: str) -> dict[str, str]:
    """The record that `SOURCE/KEY` names; a key may hold slashes itself."""
    source, slash, key = text.partition("/")
    if not (source and slash and key):
        raise Invalid("a record is named SOURCE/KEY", code="RECORD_UNREADABLE")
    return {"source": source, "key": key}


def _values(catalog: Catalog) -> str:
    fields = " ".join(camel(name) for name in catalog.identifiers)
    return f"fragment Values on Identifiers {{ {fields or '__typename'} }}\n"


def _parts(catalog: Catalog) -> str:
    """Of what words and dates say: nothing else is compared by the models that are known."""
    compared = [name for name, trait in catalog.traits.items() if trait.type in _COMPARED]
    names = dict.fromkeys((*compared, *map(camel, catalog.identifiers)))
    fields = " ".join(f"{name} {{ field level weight }}" for name in names)
    return f"fragment Parts on ScoreParts {{ {fields or '__typename'} }}\n"

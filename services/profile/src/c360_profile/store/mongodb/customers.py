"""Between customers and their documents.

Texts, numbers and booleans of a customer stand under `traits`, its lists under `lists`: MongoDB
compares a list element by element where a text was asked for. What a customer is found by stands
beside it, and is read by nobody but who saves it again: a document is replaced as a whole, which
costs a server less than setting most of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bson.int64 import Int64
from c360_kernel.mongodb import Document

from c360_profile.domain.customer import Customer
from c360_profile.domain.search.search import Texts, numbers_of, place_of_id
from c360_profile.store.mongodb.facts import FACTS, marks_of
from c360_profile.store.mongodb.marks import MARK, NO_MARK, Mark, mark_of
from c360_profile.store.mongodb.values import read_tag_value, read_values

_FOUND_BY = ("numbers", "place")
NOT_FOUND_BY: Mapping[str, int] = dict.fromkeys((*_FOUND_BY, MARK), 0)
"""A projection: of a customer's document all but what it is found by, and what it counts as."""
# Numbers of 32 bits about zero: in a document they take half of what others do.
_MIDDLE = 2**31


class HeldCustomer(NamedTuple):
    """A customer as it was read, how often its document was saved, what it is found by, and the
    mark that it carries.
    """

    edition: int
    customer: Customer
    found_by: Document
    mark: Mark = NO_MARK


def customer_document(customer: Customer) -> Document:
    """What a customer's document says, its id, edition, teller and what it is found by aside."""
    lists = {name: list(v) for name, v in customer.traits.items() if isinstance(v, tuple)}
    return {
        "counter": customer.counter,
        "ended": customer.ended,
        "successor": customer.successor,
        "traits": {name: v for name, v in customer.traits.items() if not isinstance(v, tuple)},
        "lists": lists,
        "left_out": list(customer.left_out),
        "consents": [list(one) for one in customer.consents.items()],
        "sources": list(customer.sources),
        "tags": [list(one) for one in customer.tags.items()],
        FACTS: marks_of(customer),
    }


def found_by(id_: str, texts: Texts) -> Document:
    """By what a customer is found, beside its document."""
    return {"place": Int64(place_of_id(id_)), "numbers": sorted(held_numbers(numbers_of(texts)))}


def held_numbers(numbers: Iterable[int]) -> Iterable[int]:
    """Numbers of a search as documents hold them."""
    return (number - _MIDDLE for number in numbers)


def read_customer(document: Document) -> Customer:
    """The customer of a document."""
    traits = read_values(document["traits"]) | read_values(document["lists"])
    return Customer(
        document["_id"],
        int(document["counter"]),
        traits,
        document["ended"],
        document["successor"],
        tuple(document["left_out"]),
        dict(document["consents"]),
        tuple(document["sources"]),
        {tag: read_tag_value(value) for tag, value in document["tags"]},
    )


def read_held(document: Document) -> HeldCustomer:
    """The customer of a whole document, with what saving it needs."""
    found = {name: document[name] for name in _FOUND_BY if name in document}
    edition = int(document["edition"])
    return HeldCustomer(edition, read_customer(document), found, mark_of(document))

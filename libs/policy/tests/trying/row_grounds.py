"""Policies with rows and consents, and the customers of a small day."""

from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.tree import EVERYBODY
from c360_policy.reading.joining import joined
from c360_policy.reading.parsing import parse_policy
from c360_policy.trying.today import CustomersToday, TouchedCustomers, Touching

from libs.policy.tests.trying.grounds import rule


def trait(name, type_="string"):
    return TraitType(name, type_, "public", "latest", row_rule=True)


TRAITS = {name: trait(name) for name in ("team", "owner")} | {"score": trait("score", "int")}
COLUMNS = (rule(), rule("tag:phone", mask="hash"), rule("tag:email"), rule(role="clerk"))


def policy_with(rows, *lines):
    """The columns of these tests with a rows.yaml."""
    named = (f"{line}r{number}" for number, line in enumerate((*COLUMNS, *lines), 1))
    return parse_policy(joined("\n".join(named) + "\n", rows))


NORTH, SOUTH, UNKNOWN = {"team": "north"}, {"team": "south"}, {}
CUSTOMERS = {"n1": NORTH, "n2": NORTH, "s1": SOUTH, "u1": UNKNOWN}
CONSENTS = {"marketing": {"n1", "s1"}}


class Day(CustomersToday):
    """Customers by id with their values, and who consents to what."""

    def __init__(self, customers=None, consents=None):
        self.customers = CUSTOMERS if customers is None else customers
        self.consents = CONSENTS if consents is None else consents

    async def count(self, condition):
        return len(await self.matching(condition))

    async def matching(self, condition):
        return frozenset(i for i, values in self.customers.items() if condition.holds(values))

    async def consenting(self, purpose):
        everybody = await self.matching(EVERYBODY)
        return everybody & frozenset(self.consents.get(purpose, ()))


class Record(TouchedCustomers):
    """Operations by key, each with whom it touched."""

    def __init__(self, operations):
        self.operations = operations

    async def touching(self, keys, customers):
        met = [
            frozenset(customers) & touched
            for key in set(keys)
            for touched in self.operations.get(key, ())
        ]
        return Touching(sum(map(bool, met)), frozenset().union(*met))

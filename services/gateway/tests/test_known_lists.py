"""Who may put whom on a list."""

from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.known_lists import KnownLists
from c360_gateway.context import OperationContext
from c360_kernel.catalog.segment_lists import LIST_WRITER, list_tag
from c360_kernel.context import CallerContext
from c360_kernel.payload import RecordTagged, TagChange
from c360_kernel.record import RecordKey

CALLER = CallerContext("ann", ("marketing_analyst",))
CONTEXT = OperationContext(CALLER, Principal("ann", CALLER.roles, "", frozenset(), expires_at=0))


class Lists:
    """There is one, `guests`."""

    async def lists_among(self, names, context):
        return {"guests"} & set(names)


class Anybody:
    """Refuses nothing."""

    async def refused(self, payloads, context):
        return [None] * len(payloads)


def tagged(tag):
    return RecordTagged(RecordKey("crm", "1"), LIST_WRITER, (TagChange(tag, True, 0),))


@pytest.mark.parametrize(
    ("smallest_group", "codes"),
    [(0, [None, "SEGMENT_UNKNOWN", None]), (5, ["SUPPRESSED_SMALL_GROUP"] * 2 + [None])],
)
async def test_who_is_told_of_no_small_group_fills_no_list(smallest_group, codes):
    context = replace(CONTEXT, caller=replace(CALLER, smallest_group=smallest_group))
    said = [tagged(list_tag("guests")), tagged(list_tag("others")), tagged("vip")]
    found = await KnownLists(Lists(), Anybody()).refused(said, context)
    assert [refusal and refusal.code for refusal in found] == codes

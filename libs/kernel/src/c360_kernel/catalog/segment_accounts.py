"""Checks what the condition of a segment says of accounts.

`{account: {kind: decision, role: buyer}}` is who has such a link to an account now; of what is left
out, any. With `where: {trait: industry, op: equals, value: software}`, a condition on traits of
accounts, the account itself has to meet it.
"""

from __future__ import annotations

from collections.abc import Collection

from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    faults,
    given_in,
    mapping,
    unknown_fields,
    word,
)

WHERE = "where"


def account_leaf(
    kinds: Collection[str], roles: Collection[str], trait_leaf: LeafCheck
) -> LeafCheck:
    """The form that begins with `account`; `trait_leaf` is that of traits of accounts."""

    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, ("account",), path)
        here = (*path, "account")
        asked = yield from mapping(fields["account"], here)
        if asked is None:
            return
        if not kinds:
            yield Fault(here, "there are no kinds of links to accounts")
            return
        yield from unknown_fields(asked, ("kind", "role", WHERE), here)
        for form, known in (("kind", kinds), ("role", roles)):
            if given_in(asked, form):
                yield from word(asked, form, known, f"{form} of a link", here)
        if given_in(asked, WHERE):
            yield from faults(asked[WHERE], {"trait": trait_leaf}, (*here, WHERE))

    return check

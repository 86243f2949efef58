"""`rows.yaml` is read strictly: what is not understood, or names what nobody knows, refuses all."""

import pytest
from c360_kernel.catalog.loader import default_catalog, default_catalog_text, parse_catalog
from c360_policy.changing.office import PolicyOffice
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.joining import joined, keeping_rows, parted, sealed_apart
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy, read_draft
from c360_policy.reading.seal import sealed
from c360_policy.rule import DENY_ALL
from c360_policy.store.file_ledger import FileLedger, FileShelf
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.shipped import POLICY_FILE, ROWS_FILE, copy_default_policy, rows_text
from c360_policy.store.versions import VersionFiles, replace_whole

POLICY = "p, sales, *, read, , allow, *, , , sales-read\n"
OWN = "rows:\n  sales: {trait: owner, op: equals, value: $sub}\n"
MARKED = "traits:\n  owner: {type: string, tag: public, rowRule: true}\n"
CATALOG = parse_catalog(default_catalog_text().replace("traits:\n", MARKED, 1), "catalog.yaml")
KNOWN = Known(
    {"Profile.email": frozenset({"email"})}, frozenset(CATALOG.purposes), traits=CATALOG.traits
)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("\n", 1, "the file is empty"),
        ("# nothing\n", 1, "the file is empty"),
        ("rows: [}\n", 1, "not valid YAML"),
        ("rowz: {}\n", 1, "unknown field 'rowz', did you mean 'rows'?"),
        ("rows:\n  sales: all\n", 2, "says everybody, none, or a condition"),
        ("rows:\n  sales: none\n  sales: everybody\n", 3, "given twice"),
        ("rows:\n  sales: {trait: owner, op: equal, value: x}\n", 2, "unknown operator 'equal'"),
        ("rows:\n  sales: {trait: owner, op: equals}\n", 2, "'value' is missing"),
        ("rows:\n  sales: {trait: owner, op: equals, value: $a b}\n", 2, "written $name"),
        ("rows:\n  sales: {trait: owner, op: in, value: [$a, b]}\n", 2, "stands alone"),
        ("rows:\n  sales: {all: []}\n", 2, "needs at least one condition"),
        ("rows:\n  sales: {event: order_completed}\n", 2, "exactly one of all, any, not, trait"),
        ("rows:\n  sales:\n    any:\n      - {trait: owner, op: is}\n", 4, "unknown operator"),
        ("smallestGroup: {sales: 0}\n", 1, "at least 1"),
        ("smallestGroup: {sales: ten}\n", 1, "expected a whole number"),
        ("volume: {sales: {}}\n", 1, "needs customersPerHour or customersPerDay"),
        ("volume: {sales: {customersPerWeek: 3}}\n", 1, "unknown field"),
        ("consent:\n  - {purposes: [marketing]}\n", 2, "'object' is missing"),
        ("enumeration: {sales: {}}\n", 1, "needs customersPerHour or customersPerDay"),
        ("apart:\n  - {roles: [sales], token: refused}\n", 2, "two different ones"),
        ("apart:\n  - {token: refused}\n", 2, "'roles' is missing"),
        ("apart:\n  - {roles: [sales, boss]}\n", 2, "'token' is missing"),
        ("apart:\n  - {roles: [sales, boss], token: denied}\n", 2, "unknown fate"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text, line, why):
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(POLICY, text)
    found = {one.line: one.message for one in refused.value.problems}
    assert why in found[line]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("rows:\n  sale: none\n", 2, "no role 'sale'"),
        ("rows:\n  sales: {trait: ovner, op: exists}\n", 2, "unknown trait 'ovner'"),
        ("rows:\n  sales: {trait: city, op: exists}\n", 2, "not marked in the catalog"),
        ("rows:\n  sales: {trait: owner, op: at_least, value: $x}\n", 2, "cannot be asked of type"),
        ("rows:\n  sales: {trait: owner, op: equals, value: 3}\n", 2, "expected text"),
        ("smallestGroup: {salez: 3}\n", 1, "no role 'salez'"),
        ('consent: [{object: "tag:fax"}]\n', 1, "no object 'tag:fax'"),
        ('consent: [{object: "tag:email", purposes: [fun]}]\n', 1, "no purpose 'fun'"),
        ('consent: [{object: "tag:email", roles: [sale]}]\n', 1, "no role 'sale'"),
        ("enumeration: {salez: {customersPerDay: 3}}\n", 1, "no role 'salez'"),
        ("apart: [{roles: [sales, salez], token: warned}]\n", 1, "no role 'salez'"),
    ],
)
def test_what_names_nobody_knows_is_refused(text, line, why):
    with pytest.raises(PolicyInvalid) as refused:
        refuse_unknown(parse_policy(POLICY, text), KNOWN)
    (problem,) = [one for one in refused.value.problems if why in one.message]
    assert problem.line == line


def test_what_is_known_is_taken_and_a_bound_of_no_role_is_told():
    policy = parse_policy(POLICY, f"{OWN}smallestGroup: {{nobody_of_ours: 3}}\n")
    (problems,) = refuse_unknown(policy, KNOWN)
    assert "nobody_of_ours" in problems.message


def test_rows_are_a_part_of_the_version_and_none_change_nothing():
    plain, ruled = parse_policy(POLICY), parse_policy(POLICY, OWN)
    assert plain.version != ruled.version
    assert plain.version == parse_policy(POLICY, "rows: {}\n").version
    assert ruled.version == parse_policy(POLICY, f"# why\n{OWN}").version


def test_a_seal_that_does_not_match_refuses_the_rows():
    assert not read_draft(POLICY, sealed(OWN)).problems
    assert read_draft(POLICY, sealed(OWN).replace("owner", "ovner")).problems


@pytest.fixture
def store(tmp_path):
    clock = [0.0]
    (tmp_path / "model.conf").write_bytes(_model())
    (tmp_path / POLICY_FILE).write_text(POLICY)
    (tmp_path / ROWS_FILE).write_text(OWN)

    def look():
        for _ in range(8):
            clock[0] += 0.5
            made.refresh()
        return made.current()

    made = FilePolicyStore(
        tmp_path, VersionFiles(tmp_path / "kept"), lambda: KNOWN, lambda: clock[0]
    )
    return tmp_path, look


def _model():
    from c360_policy.casbin import model_text

    return model_text().encode()


def test_changed_rows_are_taken_and_wrong_ones_keep_what_is(store):
    directory, look = store
    first = look()
    assert first.rows.rules["sales"].sees == {"trait": "owner", "op": "equals", "value": "$sub"}
    (directory / ROWS_FILE).write_text("rows: {sales: none}\n")
    second = look()
    assert second.rows.rules["sales"].sees == "none"
    for wrong in ("rows: {sales: nome}\n", "rows: {salez: none}\n", ""):
        (directory / ROWS_FILE).write_text(wrong)
        assert look() is second
    (directory / ROWS_FILE).unlink()
    assert look() is second
    replace_whole(directory / ROWS_FILE, sealed(OWN))
    assert look().version == first.version


def test_the_text_of_rows_is_kept_with_the_version(store):
    directory, look = store
    version = look().version
    assert VersionFiles(directory / "kept").text(version) == joined(POLICY, OWN)
    assert parse_policy(joined(POLICY, OWN)).version == version


def test_rows_that_others_may_write_are_refused(store):
    directory, look = store
    before = look()
    (directory / ROWS_FILE).write_text("rows: {}\n")
    (directory / ROWS_FILE).chmod(0o666)
    assert look() is before


def test_a_policy_without_rows_gets_none_from_us_and_a_new_one_the_default(tmp_path):
    copy_default_policy(tmp_path / "new")
    assert "marketing_analyst: 10" in rows_text(tmp_path / "new")
    old = tmp_path / "old"
    old.mkdir()
    (old / POLICY_FILE).write_text(POLICY)
    copy_default_policy(old)
    assert rows_text(old) == ""


def test_the_default_rows_are_understood():
    from c360_policy.store.shipped import policy_text

    nowhere = "/nonexistent"
    from pathlib import Path

    policy = parse_policy(policy_text(Path(nowhere)), rows_text(Path(nowhere)))
    assert policy.rows.smallest == {"marketing_analyst": 10}
    assert refuse_unknown(policy, Known(traits=default_catalog().traits)) == ()
    assert policy is not DENY_ALL


def test_two_texts_are_one_and_two_again():
    for policy, rows in ((POLICY, OWN), ("", OWN), (POLICY, "\n"), (POLICY, "")):
        assert parted(joined(policy, rows)) == (policy, rows)
    assert (
        parse_policy(sealed_apart(joined(POLICY, OWN))).version == parse_policy(POLICY, OWN).version
    )


def test_a_text_that_says_nothing_of_rows_keeps_those_before_it():
    assert keeping_rows(POLICY, joined("", OWN)) == joined(POLICY, OWN)
    assert keeping_rows(joined(POLICY, "rows: {}\n"), joined("", OWN)) == joined(
        POLICY, "rows: {}\n"
    )
    assert keeping_rows(POLICY, "") == POLICY


async def test_who_publishes_a_policy_alone_keeps_the_rows_in_force(tmp_path):
    shelf = FileShelf(tmp_path, tmp_path / "kept")
    office = PolicyOffice(FileLedger(tmp_path / "kept"), shelf)
    first = await office.publish(joined(POLICY, OWN), "ann", KNOWN)
    assert (tmp_path / ROWS_FILE).read_text() == sealed(OWN)
    more = POLICY + "p, sales, tag:email, read, , allow, *, , , email\n"
    second = await office.publish(more, "ann", KNOWN)
    assert first.version != second.version == parse_policy(more, OWN).version
    gone = await office.publish(joined(POLICY, "rows: {}\n"), "ann", KNOWN)
    assert gone.version == parse_policy(POLICY).version

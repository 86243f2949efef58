from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey
from c360_kernel.revisions import holding
from c360_kernel.version import Version
from c360_profile.domain.assignment import UNASSIGNED
from c360_profile.domain.consent import Consent, most_restrictive
from c360_profile.domain.customer import as_of
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.testing.entries import stamp
from hypothesis import given
from hypothesis import strategies as st

KEY = RecordKey("crm", "ann")
names = st.sampled_from(["", "c1", "c2", "c3"])
assignments = st.builds(
    RecordAssigned, st.just(KEY), names, st.builds(Version, st.just(0), st.integers(1, 4)), names
)
stamps = st.integers(1, 50).map(stamp)
revisions = st.lists(
    st.builds(
        Revision,
        st.integers(1, 3),
        stamps,
        st.integers(1, 9),
        st.booleans(),
        own=st.booleans(),
        content=st.sampled_from("ab"),
    ),
    unique_by=lambda revision: revision.stamp,
)
consents = st.lists(
    st.builds(
        Consent,
        st.sampled_from(["marketing", "service"]),
        st.sampled_from(["granted", "denied", "withdrawn"]),
        st.integers(1, 3),
        stamps,
        claimed_at=st.sampled_from([0, 90, 91]),
    ),
    unique_by=lambda consent: consent.stamp,
)
orders = st.randoms(use_true_random=False)


def shuffled(items, random):
    copy = list(items)
    random.shuffle(copy)
    return copy


def assigned(items):
    found = UNASSIGNED
    for item in items:
        found = found.after(item)
    return found


@given(st.lists(assignments), orders)
def test_assignments_commute_and_repeat(items, random):
    once = assigned(items)
    assert assigned(shuffled([*items, *items], random)) == once
    mentioned = {name for item in items for name in (item.customer, item.left)} - {""}
    assert set(once.former) == mentioned - {once.customer}
    if items:
        assert once.version == max(item.version for item in items)


def revised(items):
    record, archive = SourceRecord(KEY), {}
    for item in items:
        record, beaten = record.revised(
            item, [a for a in archive.values() if name(a) == name(item)]
        )
        for one in beaten:
            known = archive.get((*name(one), one.content))
            if known is None or one.stamp < known.stamp:
                archive[(*name(one), one.content)] = one
    return record, archive


def name(revision):
    return revision.own, revision.number


@given(revisions, orders)
def test_revisions_commute_and_repeat(items, random):
    record, archive = revised(items)
    again, otherwise = revised(shuffled([*items, *items], random))
    assert again == record
    history = record.history(archive.values())
    assert again.history(otherwise.values()) == history
    revisions = [(*name(one), one.content) for one in items]
    first = {t: min(i.stamp for i in items if (*name(i), i.content) == t) for t in revisions}
    assert {(*name(one), one.content): one.stamp for one in history} == first
    assert record.latest == holding(history)


parted = st.sets(st.sampled_from(["city", "name"])).map(sorted)
revisions = st.lists(
    st.builds(
        lambda number, at, deleted, own, says, named: Revision(
            number,
            stamp(at),
            at,
            deleted and named is None,
            {} if deleted and named is None else dict.fromkeys(says, f"{at}"),
            own,
            f"{at}",
            None if named is None else tuple(f"traits.{n}" for n in {*named, *says}),
        ),
        st.integers(1, 3),
        st.integers(1, 50),
        st.booleans(),
        st.booleans(),
        parted,
        st.none() | parted,
    ),
    max_size=8,
    unique_by=lambda revision: revision.stamp,
)


@given(revisions, orders)
def test_each_trait_goes_by_its_own_revision(items, random):
    record, archive = revised(shuffled([*items, *items], random))
    held = holding(items)
    expected = None if held is None or held.deleted else {}
    for trait in ("city", "name") if expected is not None else ():
        naming = [i for i in items if i.named is None or f"traits.{trait}" in i.named]
        by = holding(naming)
        if by is not None and trait in by.traits:
            expected[trait] = by.traits[trait]
    assert record.traits == expected
    assert {one.stamp for one in record.history(archive.values())} == {i.stamp for i in items}
    assert len(record.others) <= 7
    for instant in (10, 30):
        past = [one for one in items if one.observed_at <= instant]
        parts = as_of(instant, [record], {KEY: list(archive.values())})
        traits = {name: value for _, one in parts for name, value in one.traits.items()}
        assert traits == (revised(past)[0].traits or {})


def answered(items):
    record = SourceRecord(KEY)
    for item in items:
        record = record.answered(item)
    return record


@given(consents, orders)
def test_consents_commute_and_repeat(items, random):
    once = answered(items)
    assert answered(shuffled([*items, *items], random)) == once
    for purpose, held in once.consents.items():
        assert held == oracle([item for item in items if item.purpose == purpose])


def oracle(items):
    """A clamped grant is void once a withdrawal is stamped later; of others the last claim."""
    withdrawn = max((i.stamp for i in items if i.status == "withdrawn"), default="")
    grants = [i for i in items if i.status == "granted" and i.claimed_at]
    claim = max((i.claimed_at for i in grants), default=0)
    last = sorted((i for i in grants if i.claimed_at == claim), key=lambda i: i.stamp)[:1]
    counting = [i for i in items if i not in grants]
    counting += [i for i in last if i.stamp > withdrawn]
    best = None
    for one in counting:
        best = one if one.outranks(best) else best
    return best


def test_a_clamped_grant_loses_to_every_withdrawal_that_arrives_later():
    grant = Consent("marketing", "granted", 50, stamp(50), claimed_at=99)
    before = Consent("marketing", "withdrawn", 10, stamp(10))
    after = Consent("marketing", "withdrawn", 20, stamp(60))
    assert answered([before, grant]).consents["marketing"] == grant
    assert answered([grant, after]).consents["marketing"] == after
    again = Consent("marketing", "granted", 70, stamp(70), claimed_at=99)
    assert answered([grant, after, again]).consents["marketing"] == after
    newer = Consent("marketing", "granted", 70, stamp(70), claimed_at=100)
    assert answered([grant, after, newer]).consents["marketing"] == newer
    honest = Consent("marketing", "granted", 50, stamp(50))
    assert answered([honest, after]).consents["marketing"] == honest


def test_of_two_answers_at_one_time_the_more_restrictive_holds():
    granted = Consent("marketing", "granted", 5, stamp(1))
    withdrawn = Consent("marketing", "withdrawn", 5, stamp(9))
    assert withdrawn.outranks(granted)
    assert not granted.outranks(withdrawn)


@given(st.dictionaries(st.sampled_from("abcd"), consents))
def test_a_customers_consent_is_the_most_restrictive_of_its_records(by_record):
    given_on = [(RecordKey("crm", k), answered(c).consents.values()) for k, c in by_record.items()]
    rank = ["granted", "denied", "withdrawn"].index
    for held in most_restrictive(given_on):
        answers = [c for _, found in given_on for c in found if c.purpose == held.consent.purpose]
        assert rank(held.consent.status) == max(rank(c.status) for c in answers)
    assert most_restrictive(given_on) == most_restrictive(reversed(given_on))


def test_a_deleted_record_belongs_to_no_customer_until_it_is_back():
    record = SourceRecord(KEY).assigned(RecordAssigned(KEY, "c1", Version(0, 1)))
    deleted, _ = record.revised(Revision(2, stamp(2), 2, deleted=True), ())
    assert deleted.customer == ""
    assert deleted.customers == {"c1"}
    back, archived = deleted.revised(Revision(3, stamp(3), 3), ())
    assert back.customer == "c1"
    assert archived == (deleted.latest,)


def test_as_of_a_time_when_it_was_deleted_a_record_said_nothing():
    states = [Revision(1, stamp(1), 10), Revision(2, stamp(2), 20, True), Revision(3, stamp(3), 30)]
    record, archive = revised(states)

    def stated(instant):
        return [r.number for _, r in as_of(instant, [record], {KEY: list(archive.values())})]

    assert [stated(instant) for instant in (9, 10, 19, 20, 29, 30)] == [[], [1], [1], [], [], [3]]

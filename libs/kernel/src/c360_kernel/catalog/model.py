"""The catalog's types, as loaded and checked. Pure values, safe to share between threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from typing_extensions import override

from c360_kernel.catalog.computed_traits import (
    ComputedTrait,
    Lifecycle,
    RollUp,
    StatedAccount,
    TagRule,
)
from c360_kernel.catalog.standard_words import looked_up, standard_words
from c360_kernel.catalog.targets.target import Target
from c360_kernel.catalog.titles import ENGLISH, Titles, title_in
from c360_kernel.record import TraitValue
from c360_kernel.value_types import ValueType

Survivorship = Literal[
    "latest", "oldest", "source_priority", "most_frequent", "longest", "maximum", "minimum", "union"
]

MOST_TRUST = 100


QUALITY_MEASURES: Mapping[str, Literal["least", "most"]] = {
    "completeness": "least",
    "validity": "least",
    "uniqueness": "least",
    "timeliness": "least",
    "conflicts": "most",
    "drift": "most",
}
"""What is measured of the data of a trait, and whether a bound says the least or the most."""


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """A kind of identifier and its rules in resolution.

    `tier` 0 is the strongest; `limit` is how many distinct values one customer
    may hold (None: any number); `fan` is the anchored fan-out guard's bound
    (None: the default bound alone); `separates` says that people with different
    values are not one for weaker evidence of one kind; `personal` that it
    names a person, not a machine; `blocked` are patterns of values that never link.
    `derived_from` is the type of whose values its own are made ("": sources say them).
    """

    name: str
    normalizer: str
    tier: int
    limit: int | None
    fan: int | None
    tag: str
    blocked: tuple[str, ...] = ()
    description: str = ""
    separates: bool = False
    personal: bool = True
    titles: Titles = field(default_factory=dict[str, str])
    derived_from: str = ""


@dataclass(frozen=True, slots=True)
class TraitType:
    """A typed attribute. `identifier` names the identifier type its values also observe.

    `minimum` and `maximum` are numbers, or days (`YYYY-MM-DD`) of a date; `longest` is how many
    characters a text may have. `synonyms` are the spellings of values by the one that stands for
    them all; what is no synonym stays as it is written; `words` are those of single words.
    `row_rule`: rules of policy may say by it who sees a customer at all. `ignore_empty`: an empty
    value says nothing, instead of that there is none. `only_if_valid`: what has no normal form as
    its identifier is no value. `quality` has the bounds of its measures (`QUALITY_MEASURES`),
    shares from 0 to 1. `derived_tags` are those of what a computed trait reads. One may hold the
    key of an object: of which type is in `refers`, and `shown_as` is what that object is called
    beside it.
    """

    name: str
    type: ValueType
    tag: str
    survivorship: Survivorship
    identifier: str | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    longest: int | None = None
    description: str = ""
    synonyms: Mapping[str, str] = field(default_factory=dict[str, str])
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    titles: Titles = field(default_factory=dict[str, str])
    row_rule: bool = False
    ignore_empty: bool = True
    only_if_valid: bool = False
    quality: Mapping[str, float] = field(default_factory=dict[str, float])
    derived_tags: tuple[str, ...] = ()
    refers: str = ""
    shown_as: str = ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its own tag and those of what it is computed of: whoever may not see one sees nothing."""
        return (self.tag, *self.derived_tags)

    @property
    def is_ruled(self) -> bool:
        """Whether some values of its type are none of its own."""
        if self.choices or self.pattern is not None or self.longest is not None:
            return True
        return self.minimum is not None or self.maximum is not None

    def canonical(self, value: TraitValue) -> TraitValue:
        """The value, a synonym of another replaced by it, in whatever case it is written."""
        if not (self.synonyms or self.words):
            return value
        if isinstance(value, tuple):
            return tuple(map(self._standard, value))
        return self._standard(value) if isinstance(value, str) else value

    def _standard(self, text: str) -> str:
        found = looked_up(text, self.synonyms)
        if found is not None:
            return found
        return standard_words(text, self.words) if self.words else text


@dataclass(frozen=True, slots=True)
class PropertyType:
    """A typed property of an event or object.

    One of an event may hold the key of an object: of which type is in `refers`, and `shown_as` is
    what that object is called beside it.
    """

    name: str
    type: ValueType
    tag: str
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    refers: str = ""
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of objects that are no persons, and what is known of one; `tag` is its key's."""

    name: str
    tag: str
    properties: Mapping[str, PropertyType]
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Referred:
    """A property of an object that a property of an event refers to, `product.category`."""

    by: PropertyType
    seen: PropertyType

    @property
    def name(self) -> str:
        """What it is called where the event's own properties are named."""
        return f"{self.by.shown_as}.{self.seen.name}"


@dataclass(frozen=True, slots=True)
class ReferredTrait:
    """A property of an object that a trait refers to, `favouriteStore.city`."""

    by: TraitType
    seen: PropertyType

    @property
    def name(self) -> str:
        """What it is called where traits are named; no trait has such a name."""
        return f"{self.by.shown_as}.{self.seen.name}"

    @property
    def as_trait(self) -> TraitType:
        """It as what conditions compare."""
        tags = (self.by.tag,)
        return TraitType(self.name, self.seen.type, self.seen.tag, "latest", derived_tags=tags)


@dataclass(frozen=True, slots=True)
class EventType:
    """A named event, its properties by name, and those of the objects that they refer to."""

    name: str
    properties: Mapping[str, PropertyType]
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    referred: Mapping[str, Referred] = field(default_factory=dict[str, Referred])

    @property
    def readable(self) -> Mapping[str, PropertyType]:
        """Whatever a computed trait may read of it."""
        referred = {name: replace(one.seen, name=name) for name, one in self.referred.items()}
        return {**self.properties, **referred}

    def tags_of(self, name: str) -> tuple[str, ...]:
        """The tags of what is read under a name; of an object's property also its key's."""
        found = self.referred.get(name)
        return (self.properties[name].tag,) if found is None else (found.by.tag, found.seen.tag)


@dataclass(frozen=True, slots=True)
class Source:
    """A system that writes. `priority` 0 is trusted first by survivorship; `region` is the
    default phone region (ISO 3166 alpha-2). `trust`, 0 to 100, is what one of its records weighs
    where records are counted; what it says of 0 is never golden. A record that was observed more
    than `stale_days` ago is stale; None: none is."""

    name: str
    priority: int
    region: str = "CN"
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    trust: int = MOST_TRUST
    stale_days: int | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data may be used for, and asked consent for.

    `basis`, `wording` and `jurisdiction` are those of an answer that does not say its own.
    `valid_days` is how long a grant holds that names no end; None: until it is taken back. The rest
    is what a receipt says: who is responsible, where the privacy notice is, how consent is taken
    back, who else is given the data, and which traits are used.
    """

    name: str
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    basis: str = "consent"
    wording: str = ""
    jurisdiction: str = ""
    valid_days: int | None = None
    controller: str = ""
    contact: str = ""
    notice: str = ""
    withdrawal: str = ""
    recipients: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    """A tag of the company's own for what is personal, beside those that every catalog knows."""

    name: str
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])


TagType = Literal["flag", "score", "enum"]


@dataclass(frozen=True, slots=True)
class CustomerTag:
    """What may be said of a customer, by people, campaigns or a rule, in words that are agreed on.

    A `flag` has the value true, a `score` a whole number from 0 to `MOST_SCORE`, an `enum` one of
    its `choices`. `tag` is its classification; `owner` answers for it; `lifetime_days` is how long
    one holds that names no end (None: until it is taken off). `purpose` is what it is for ("": not
    said). With a `rule` customers have it also while that holds.
    """

    name: str
    type: TagType
    tag: str
    choices: tuple[str, ...] = ()
    owner: str = ""
    lifetime_days: int | None = None
    purpose: str = ""
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])
    rule: TagRule | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Its classification and those of what its rule reads: who has it tells of these."""
        return (self.tag, *(self.rule.derived_tags if self.rule else ()))

    @property
    def value_type(self) -> ValueType:
        """Of what type its values are."""
        return _TAG_VALUES[self.type]


MOST_SCORE = 100
_TAG_VALUES: Mapping[TagType, ValueType] = {"flag": "boolean", "score": "int", "enum": "string"}


@dataclass(frozen=True, slots=True)
class SegmentDefinition:
    """A segment: its condition tree as loaded (the segment service gives it meaning)."""

    name: str
    condition: Mapping[str, object]
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])

    @property
    def title(self) -> str:
        """What it is called in English."""
        return title_in(ENGLISH, self.titles, self.name)


@dataclass(frozen=True, slots=True)
class HashedTrait:
    """A trait of which a hash goes along, in the form of a platform (`outgoing.hashing.FORMS`)."""

    trait: str
    form: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where what changes is sent: as a principal with `roles`, for a `purpose`.

    It is told who enters and leaves `segments`, and with `profile` of every change of a golden
    profile, of these the `types` that it names, if any; with each goes what policy lets it take out
    of `traits` and `hashes`, in the form of `fields` where there are some: expressions of the
    mapping language, by name. `target` is what its kind is told besides. With `sync` it holds a row
    for each customer, and is told how that differs from the one that it took last.
    """

    name: str
    kind: str
    target: Target
    roles: tuple[str, ...]
    purpose: str
    segments: tuple[str, ...] = ()
    profile: bool = False
    traits: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    sync: bool = False
    hashes: Mapping[str, HashedTrait] = field(default_factory=dict[str, HashedTrait])
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])

    @property
    def asked(self) -> tuple[str, ...]:
        """The traits that policy is asked of: those that go along, and those that are hashed."""
        return tuple(dict.fromkeys((*self.traits, *(one.trait for one in self.hashes.values()))))


@dataclass(frozen=True, slots=True)
class LinkKind:
    """What a person may have to do with an account. `decides`: it is part of the decision chain.

    `ours`: the person is one of the company's own people who look after it, and no member of it.
    """

    name: str
    decides: bool = False
    ours: bool = False
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class AccountRole:
    """A role of a person at an account. `needed`: where nobody has it, somebody is missing."""

    name: str
    needed: bool = False
    description: str = ""
    titles: Titles = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class AccountModel:
    """What a company says of accounts; its identifier types have nothing to do with persons'.

    `stated` has, by the name of an event, how it says for which account it counts.
    """

    identifiers: Mapping[str, IdentifierType] = field(default_factory=dict[str, IdentifierType])
    traits: Mapping[str, TraitType] = field(default_factory=dict[str, TraitType])
    kinds: Mapping[str, LinkKind] = field(default_factory=dict[str, LinkKind])
    roles: Mapping[str, AccountRole] = field(default_factory=dict[str, AccountRole])
    computed: Mapping[str, RollUp] = field(default_factory=dict[str, RollUp])
    stated: Mapping[str, StatedAccount] = field(default_factory=dict[str, StatedAccount])

    @property
    def live(self) -> Mapping[str, RollUp]:
        """Of what accounts come to what is worked out with every change and told."""
        return {name: one for name, one in self.computed.items() if one.live}

    @property
    def tested(self) -> Mapping[str, TraitType]:
        """What segments ask of accounts: their traits, and what is told of what they come to."""
        return all_traits(self.traits, {name: one.trait for name, one in self.live.items()})

    def is_ours(self, kind: str) -> bool:
        """Whether who is linked in this way looks after the account and is no member of it."""
        known = self.kinds.get(kind)
        return known is not None and known.ours


NO_ACCOUNTS = AccountModel()


@dataclass(frozen=True)
class Catalog:
    """Everything a company says it holds. `digest` is the SHA-256 of its canonical form."""

    digest: str
    identifiers: Mapping[str, IdentifierType]
    traits: Mapping[str, TraitType]
    events: Mapping[str, EventType]
    sources: Mapping[str, Source]
    purposes: Mapping[str, Purpose]
    segments: Mapping[str, SegmentDefinition]
    classifications: Mapping[str, Classification] = field(default_factory=dict[str, Classification])
    tags: Mapping[str, CustomerTag] = field(default_factory=dict[str, CustomerTag])
    computed: Mapping[str, ComputedTrait] = field(default_factory=dict[str, ComputedTrait])
    lifecycle: Mapping[str, Lifecycle] = field(default_factory=dict[str, Lifecycle])
    accounts: AccountModel = NO_ACCOUNTS
    objects: Mapping[str, ObjectType] = field(default_factory=dict[str, ObjectType])
    destinations: Mapping[str, Destination] = field(default_factory=dict[str, Destination])

    @override
    def __hash__(self) -> int:
        """Catalogs of one canonical form share one: what is made by a catalog is kept by it."""
        return hash(self.digest)

    @cached_property
    def profile_traits(self) -> Mapping[str, TraitType]:
        """All traits that a customer may have: what sources say, and what is computed."""
        return all_traits(self.traits, self.computed, self.lifecycle)

    @cached_property
    def referred_traits(self) -> Mapping[str, ReferredTrait]:
        """What is known of the objects that traits refer to, by name."""
        return {one.name: one for one in referred_traits(self.traits, self.objects)}

    @cached_property
    def compared_traits(self) -> Mapping[str, TraitType]:
        """All that conditions on a customer compare: its traits, and what objects of these are."""
        seen = {name: one.as_trait for name, one in self.referred_traits.items()}
        return {**self.profile_traits, **seen}

    @cached_property
    def of_accounts(self) -> Catalog:
        """The catalog as it is for account records: with their identifiers and traits alone."""
        named = {"identifiers": self.accounts.identifiers, "traits": self.accounts.traits}
        nothing = {"events": {}, "segments": {}, "tags": {}, "computed": {}, "lifecycle": {}}
        unused = {"objects": {}, "destinations": {}}
        return replace(self, **named, **nothing, **unused, accounts=NO_ACCOUNTS)

    @cached_property
    def written_identifiers(self) -> Mapping[str, IdentifierType]:
        """The identifier types that sources say: all but those that are derived."""
        return {name: one for name, one in self.identifiers.items() if not one.derived_from}

    @cached_property
    def row_traits(self) -> Mapping[str, TraitType]:
        """The traits by which rules of policy may say who sees a customer."""
        return {name: trait for name, trait in self.traits.items() if trait.row_rule}


def referred_traits(
    traits: Mapping[str, TraitType], objects: Mapping[str, ObjectType]
) -> Iterator[ReferredTrait]:
    """What is known of the objects that these traits refer to."""
    for one in traits.values():
        if one.refers:
            properties = objects[one.refers].properties.values()
            yield from (ReferredTrait(one, seen) for seen in properties)


def all_traits(
    traits: Mapping[str, TraitType],
    computed: Mapping[str, ComputedTrait],
    lifecycle: Mapping[str, Lifecycle] = MappingProxyType({}),
) -> dict[str, TraitType]:
    """Traits with what is computed among them, as any other trait is typed."""
    typed = {name: _as_trait(one, one.type) for name, one in computed.items()}
    staged = {
        name: _as_trait(one, "string", tuple(stage.name for stage in one.stages))
        for name, one in lifecycle.items()
    }
    return {**traits, **typed, **staged}


def _as_trait(
    one: ComputedTrait | Lifecycle, type_: ValueType, choices: tuple[str, ...] = ()
) -> TraitType:
    return TraitType(
        one.name,
        type_,
        one.tag,
        "latest",
        choices=choices,
        description=one.description,
        titles=one.titles,
        derived_tags=one.derived_tags,
    )

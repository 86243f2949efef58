"""The data sets: their records as a collector would append them, and what is true of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from c360_identity.domain.matching.model import Comparison, Model
from c360_identity.domain.matching.model_file import default_model
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.model import Catalog, Source, TraitType
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.catalog.values import check_traits, trait_identifiers
from c360_kernel.codec import encode
from c360_kernel.log.entry import Entry, NewEntry, Partition, entry_at
from c360_kernel.log.topics import EVENTS, RECORDS
from c360_kernel.payload import EventTracked, RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock, stamp_ms
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import read_mapping
from c360_mapping.row import Row

from c360_cli.imports.survey import surveyed

EXAMPLES = Path(__file__).parents[2] / "examples" / "mappings"


@dataclass
class Told:
    """One record, or what happened to one (`event`)."""

    key: RecordKey
    traits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    identifiers: Sequence[Identifier] = ()
    revision: int = 1
    event: str = ""


@dataclass
class Plain:
    """What of a record a model is trained on."""

    traits: Sequence[tuple[str, str]]
    identifiers: Sequence[Identifier]


@dataclass
class Dataset:
    """`untrained`: a model to be trained on it; else `model` is taken as it is."""

    catalog: Catalog
    told: list[Told]
    truth: dict[RecordKey, str]
    untrained: Model | None = None
    model: Model | None = None
    lists_missed: bool = False

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.told)

    def entries(self) -> list[Entry]:
        """All, stamped in order."""
        clock = StampClock()
        return [self._entry(n, one, clock.next()) for n, one in enumerate(self.told)]

    def plain(self) -> Iterator[Plain]:
        """The last revision of each record, normalized."""
        normalize = Normalizers(self.catalog).normalize
        for one in {one.key: one for one in self.told if not one.event}.values():
            region = self.catalog.sources[one.key.source].region
            traits = check_traits(self.catalog, dict(one.traits)).values
            raw = (*one.identifiers, *trait_identifiers(self.catalog, traits))
            found = {i for i in (normalize(each, region) for each in raw) if i is not None}
            yield Plain([(name, str(value)) for name, value in traits.items()], sorted(found))

    def _entry(self, number: int, one: Told, stamp: str) -> Entry:
        if one.event:
            payload: Any = EventTracked(
                one.key, one.event, "page_viewed", 1, tuple(one.identifiers)
            )
            return entry_of(EVENTS, "c360.event.tracked.v1", one.key, payload, stamp, number)
        traits = check_traits(self.catalog, dict(one.traits)).values
        trait_values = (*one.identifiers, *trait_identifiers(self.catalog, traits))
        payload = RecordUpserted(one.key, one.revision, 1, identifiers=trait_values, traits=traits)
        return entry_of(RECORDS, "c360.record.upserted.v1", one.key, payload, stamp, number)


def load(kind: str, files: Sequence[Path], truth: Path | None) -> Dataset:
    """The data set of these files."""
    if kind == "febrl":
        return _febrl(files)
    if kind == "historical":
        return _historical(files)
    if kind == "truthset":
        return _truthset(files, truth)
    return _world(files[0])


def entry_of(
    topic: str,
    type_: str,
    key: RecordKey,
    payload: Any,  # noqa: ANN401 - whatever the topic takes
    stamp: str,
    n: int,
) -> Entry:
    """The n-th entry of a topic of one partition, as a collector would append it."""
    new = NewEntry(
        topic=topic,
        key=str(key),
        id=stamp,
        type=type_,
        source="c360/benchmark",
        subject=str(key),
        time=stamp_ms(stamp),
        stamp=stamp,
        data=encode(payload),
    )
    return entry_at(new, Partition(topic, 0), n)


_FEBRL = {
    "given_name": "firstName",
    "surname": "lastName",
    "street_number": "streetNumber",
    "address_1": "address",
    "address_2": "addressDetail",
    "suburb": "city",
    "postcode": "postalCode",
    "state": "state",
    "date_of_birth": "birthDay",
    "soc_sec_id": "socialSecurity",
}


def _febrl(files: Sequence[Path]) -> Dataset:
    """Their numbers are known to hold errors, so that they are compared and identify nobody."""
    catalog = default_catalog()
    more = ("streetNumber", "addressDetail", "birthDay", "socialSecurity")
    traits = {name: TraitType(name, "string", "public", "latest") for name in more}
    sources = {f"febrl{n}": Source(f"febrl{n}", n, "AU") for n in range(len(files))}
    catalog = replace(
        catalog, traits={**catalog.traits, **traits}, sources={**catalog.sources, **sources}
    )
    collected: list[Told] = []
    truth: dict[RecordKey, str] = {}
    for number, file in enumerate(files):
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text, skipinitialspace=True):
                key = RecordKey(f"febrl{number}", row["rec_id"].strip())
                held = {_FEBRL[n]: v.strip() for n, v in row.items() if n in _FEBRL and v.strip()}
                collected.append(Told(key, held))
                truth[key] = key.key.split("-")[1]
    return Dataset(catalog, collected, truth, untrained=FEBRL_MODEL)


def _compared(name: str, kind: str, *traits: str) -> Comparison:
    return Comparison(name, kind, (traits,))


FEBRL_MODEL = Model(
    "untrained",
    -10,
    0,
    -5,
    (
        Comparison("name", "name", (("firstName",), (), ("lastName",), (), ())),
        _compared("house", "number", "streetNumber"),
        _compared("street", "text", "address"),
        _compared("place", "text", "addressDetail"),
        _compared("suburb", "text", "city"),
        _compared("postcode", "code", "postalCode"),
        _compared("state", "category", "state"),
        _compared("born", "date", "birthDay"),
        _compared("number", "number", "socialSecurity"),
    ),
    (
        ("number.all",),
        ("born.all",),
        ("name.names",),
        ("street.all", "house.all"),
        ("postcode.all", "name.word3"),
        ("suburb.all", "name.family"),
        ("name.given", "street.all"),
        ("place.all", "suburb.all"),
    ),
    60,
)
HISTORICAL_MODEL = Model(
    "untrained",
    -10,
    0,
    -5,
    (
        Comparison("name", "name", (("firstName",), (), ("lastName",), ("name",), ())),
        _compared("born", "date", "birthDate"),
        _compared("place", "text", "birthPlace"),
        _compared("postcode", "code", "postalCode"),
        _compared("gender", "category", "gender"),
        _compared("occupation", "category", "occupation"),
    ),
    (
        ("name.starts",),
        ("name.word", "born.all"),
        ("name.word", "postcode.all"),
        ("name.word", "postcode.area"),
        ("born.all", "place.all"),
        ("born.all", "postcode.area"),
        ("born.year", "postcode.all"),
        ("name.starts2", "born.year"),
    ),
    150,
)


def _historical(files: Sequence[Path]) -> Dataset:
    collected: list[Told] = []
    truth: dict[RecordKey, str] = {}
    for file in files:
        collected += _mapped(file, "historical", "historical")
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                truth[RecordKey("historical", row["unique_id"])] = row["cluster"]
    return Dataset(default_catalog(), collected, truth, untrained=HISTORICAL_MODEL)


def _truthset(files: Sequence[Path], truth: Path | None) -> Dataset:
    entries = [one for file in files for one in _mapped(file, file.stem, "truthset")]
    known: dict[RecordKey, str] = {}
    if truth is not None:
        with truth.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                key = RecordKey(row["DATA_SOURCE"].lower(), row["RECORD_ID"])
                known[key] = row["CLUSTER_ID"]
    return Dataset(default_catalog(), entries, known, model=default_model(), lists_missed=True)


def _mapped(file: Path, source: str, mapping: str) -> list[Told]:
    read = read_mapping(EXAMPLES / f"{mapping}.yaml")
    maker, collected = ItemMaker(read, source, 0), list[Told]()
    with surveyed(file, read) as survey:
        for row in survey.rows:
            item: Any = maker.make(row, maker.identify(row)) if isinstance(row, Row) else None
            if item is not None:
                carried = item.get("identifiers", [])
                collected.append(
                    Told(RecordKey(source, item["key"]), item["traits"], _carried(carried))
                )
    return collected


def _carried(items: Iterable[Mapping[str, str]]) -> list[Identifier]:
    return [Identifier(one["type"], one["value"]) for one in items]


def _world(folder: Path) -> Dataset:
    """What `c360 generate` wrote; of its events those that carry an identifier."""
    collected: list[Told] = []
    for source in ("crm", "erp", "web", "miniprogram", "store"):
        for item in _lines(folder / f"{source}.jsonl"):
            key, carried = RecordKey(source, item["key"]), _carried(item.get("identifiers", []))
            collected.append(Told(key, item.get("traits", {}), carried, item["revision"]))
    for item in _lines(folder / "events.jsonl"):
        if carried := _carried(item.get("identifiers", [])):
            key = RecordKey(item["source"], item["key"])
            collected.append(Told(key, identifiers=carried, event=item["messageId"]))
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text)
        truth = {RecordKey(row["source"], row["key"]): row["person"] for row in rows}
    return Dataset(default_catalog(), collected, truth, model=default_model())


def _lines(file: Path) -> Iterator[Any]:
    with file.open(encoding="utf-8") as text:
        yield from map(json.loads, text)

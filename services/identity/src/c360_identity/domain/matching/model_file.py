"""Models of scored matching as files: JSON, checked strictly, refused as a whole."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import SettingsError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from c360_identity.domain.matching.kinds import KINDS
from c360_identity.domain.matching.model import Comparison, Frequencies, LevelOdds, Model

DEFAULT = "default"
_CODE = "MODEL_INVALID"
_Bits = Annotated[float, Field(ge=-200, le=200)]
_Odds = tuple[Annotated[float, Field(gt=0, le=1)], Annotated[float, Field(gt=0, le=1)]]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Counts(_Strict):
    forms: Annotated[int, Field(ge=0)]
    counts: dict[Annotated[str, Field(pattern="^[0-9a-f]{16}$")], Annotated[int, Field(gt=0)]]


class _Comparison(_Strict):
    name: Annotated[str, Field(pattern="^[a-z][A-Za-z0-9]*$")]
    kind: _Text
    fields: list[list[_Text]]
    personal: bool = False
    odds: dict[str, dict[str, _Odds]]
    frequencies: dict[str, _Counts] = {}


class _Rule(_Strict):
    of: list[_Text]
    largest: Annotated[int, Field(ge=2, le=1000)]


class _File(_Strict):
    format: Literal[1]
    version: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    prior: _Bits
    accept: _Bits
    review: _Bits
    largest_block: Annotated[int, Field(ge=2, le=1000)]
    second: Annotated[float, Field(ge=0, le=200)] = 0.0
    dependent: list[Annotated[list[_Text], Field(min_length=2)]] = []
    comparisons: Annotated[list[_Comparison], Field(min_length=1)]
    blocks: Annotated[list[list[_Text] | _Rule], Field(min_length=1)]

    @property
    def rules(self) -> list[tuple[tuple[str, ...], int]]:
        """The atoms of each block, and its own bound or 0."""
        return [
            (tuple(one.of), one.largest) if isinstance(one, _Rule) else (tuple(one), 0)
            for one in self.blocks
        ]

    @property
    def bounds(self) -> tuple[int, ...]:
        """The bound of each block; of none where no block has one."""
        bounds = tuple(bound for _, bound in self.rules)
        return bounds if any(bounds) else ()


def default_model() -> Model:
    """The model that ships with the default catalog."""
    return read_model(
        (files("c360_identity.domain.matching") / "default_model.json").read_text("utf-8")
    )


def model_of(name: str, catalog: Catalog) -> Model:
    """The model that a setting names: `default`, or the path of one."""
    return default_model() if name == DEFAULT else load_model(Path(name), catalog)


def load_model(path: Path, catalog: Catalog) -> Model:
    """The model of a file. Raises `SettingsError` (MODEL_INVALID) for one that is not understood,
    or that compares what the catalog does not have."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise SettingsError("the model of identity cannot be read", code=_CODE) from error
    model = read_model(text)
    unknown = sorted(
        {*(model.traits - catalog.traits.keys()), *(model.identifiers - catalog.identifiers.keys())}
    )
    if unknown:
        raise _invalid(f"compares what the catalog does not have: {', '.join(unknown)}")
    return model


def read_model(text: str) -> Model:
    """The model of a text. Raises `SettingsError` (MODEL_INVALID)."""
    try:
        given = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _invalid(f"{where or 'the file'}: {first['msg']}") from None
    _refuse(_problems(given))
    comparisons = tuple(map(_comparison, given.comparisons))
    return Model(
        given.version,
        given.prior,
        given.accept,
        given.review,
        comparisons,
        tuple(atoms for atoms, _ in given.rules),
        given.largest_block,
        tuple(map(tuple, given.dependent)),
        given.second,
        given.bounds,
    )


def model_text(model: Model) -> str:
    """A model as its file says it, one line for each thing compared."""
    content: dict[str, Any] = {
        "format": 1,
        "version": model.version,
        "prior": round(float(model.prior), 4),
        "accept": float(model.accept),
        "review": float(model.review),
        "largest_block": model.largest_block,
    }
    if model.second:
        content["second"] = model.second
    if model.dependent:
        content["dependent"] = model.dependent
    head = json.dumps(content, ensure_ascii=False)[:-1]
    compared = ",\n".join(json.dumps(_told(one), ensure_ascii=False) for one in model.comparisons)
    blocks = ",\n".join(map(json.dumps, _blocks(model)))
    return f'{head},\n"comparisons": [\n{compared}],\n"blocks": [\n{blocks}]}}\n'


def _invalid(message: str) -> SettingsError:
    return SettingsError(f"the model of identity is refused: {message}", code=_CODE)


def _refuse(problems: Iterator[str]) -> None:
    if (problem := next(problems, None)) is not None:
        raise _invalid(problem)


def _problems(given: _File) -> Iterator[str]:
    names = [one.name for one in given.comparisons]
    if len(set(names)) < len(names):
        yield "two comparisons have one name"
    if given.review > given.accept:
        yield "review is above accept"
    dependent = [name for held in given.dependent for name in held]
    if len(set(dependent)) < len(dependent) or not set(dependent) <= set(names):
        yield "dependent: a name is of no comparison, or stands there twice"
    for one in given.comparisons:
        yield from _wrong(one)
    kinds = {one.name: one.kind for one in given.comparisons}
    rules = [atoms for atoms, _ in given.rules]
    for atom in (atom for rule in rules for atom in rule):
        name, _, what = atom.partition(".")
        if name not in kinds or what not in KINDS[kinds[name]].atoms:
            yield f"blocks: {atom} is none"
    if not all(rules):
        yield "blocks: one is of nothing, and would hold everybody"


def _wrong(one: _Comparison) -> Iterator[str]:
    kind = KINDS.get(one.kind)
    if kind is None:
        yield f"{one.name}: there is no kind {one.kind}"
        return
    if len(one.fields) != kind.places:
        yield f"{one.name}: {one.kind} is made of {kind.places} lists of fields"
    if any("." in n and not n.startswith("identifiers.") for names in one.fields for n in names):
        yield f"{one.name}: a field is a trait or identifiers.TYPE"
    if one.odds.keys() != kind.parts.keys() or not one.frequencies.keys() <= kind.parts.keys():
        yield f"{one.name}: {one.kind} tells {', '.join(map(repr, kind.parts))}"
        return
    for part, levels in kind.parts.items():
        odds = one.odds[part]
        if tuple(odds) != tuple(levels):
            yield f"{one.name}: levels are {', '.join(levels)}"
        elif not all(
            math.isclose(sum(o[i] for o in odds.values()), 1, abs_tol=0.05) for i in (0, 1)
        ):
            yield f"{one.name}: the chances of its levels do not add up to 1"


def _comparison(given: _Comparison) -> Comparison:
    odds = {
        part: tuple(LevelOdds(m, u) for m, u in levels.values())
        for part, levels in given.odds.items()
    }
    frequencies = {p: Frequencies(held.forms, held.counts) for p, held in given.frequencies.items()}
    fields = tuple(map(tuple, given.fields))
    return Comparison(given.name, given.kind, fields, given.personal, odds, frequencies)


def _blocks(model: Model) -> Iterator[Any]:
    bounds = model.bounds or (0,) * len(model.blocks)
    for atoms, bound in zip(model.blocks, bounds, strict=True):
        yield {"of": atoms, "largest": bound} if bound else atoms


def _told(one: Comparison) -> dict[str, Any]:
    odds = {
        part: {
            level: [float(f"{o.m:.4g}"), float(f"{o.u:.4g}")]
            for level, o in zip(one.kind.parts[part], held, strict=True)
        }
        for part, held in one.odds.items()
    }
    frequencies = {
        part: {"forms": held.forms, "counts": dict(sorted(held.counts.items()))}
        for part, held in one.frequencies.items()
        if held.forms
    }
    told: dict[str, Any] = {"name": one.name, "kind": one.kind_name, "fields": one.fields}
    return {**told, "personal": one.personal, "odds": odds, "frequencies": frequencies}

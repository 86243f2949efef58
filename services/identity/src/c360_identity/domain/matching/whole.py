"""All pairs that look alike, found at once: what is kept record by record has to equal it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations

from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.evidence.solver import Matches
from c360_kernel.record import RecordKey

from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.likeness import FormLikeness
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.scoring import Scorer


def whole_matches(model: Model, said: Mapping[RecordKey, str]) -> Matches:
    """The evidence of all records, by what each says (`Forming.text`)."""
    forming, scorer = Forming(model), Scorer(model)
    forms = {key: forming.forms(text) for key, text in said.items() if text}
    blocks: defaultdict[tuple[int, int], list[RecordKey]] = defaultdict(list)
    for key in forms:
        for block in forming.keys(said[key]).items():
            blocks[block].append(key)
    held = (block for (_, largest), block in blocks.items() if len(block) <= largest)
    pairs = {pair_of(a, b) for block in held for a, b in combinations(block, 2)}
    accepted: dict[Pair, float] = {}
    for pair in pairs:
        one, other = forms[pair[0]], forms[pair[1]]
        bits = scorer.bits(one, other)
        if scorer.is_evidence(one, other, bits):
            accepted[pair] = bits
    return Matches(FormLikeness(scorer, forms), accepted, forming.contacts)

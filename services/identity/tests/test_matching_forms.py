"""How values are compared: every kind, on what people write for the same thing."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from c360_identity.domain.matching.alike import errors
from c360_identity.domain.matching.folding import fold
from c360_identity.domain.matching.kind import MISSING
from c360_identity.domain.matching.kinds import KINDS


def level(kind: str, one: str, other: str, part: str = "") -> str:
    """The name of the level of two values of one field; a name's is its full name."""
    compared = KINDS[kind]
    empty: list[list[str]] = [[] for _ in range(compared.places)]
    place = 3 if kind == "name" else 0
    forms = [compared.form([*empty[:place], [text], *empty[place + 1 :]]) for text in (one, other)]
    assert None not in forms
    found = dict(zip(compared.parts, compared.compare(*forms), strict=True))[part]
    return "missing" if found.number == MISSING else compared.parts[part][found.number]


@pytest.mark.parametrize(
    ("one", "other", "family", "given"),
    [
        ("王小明", "王小明", "same", "same"),
        ("王小明", "王晓明", "same", "sounds alike"),
        ("欧阳建国", "歐陽建國", "same", "same"),
        ("王小明", "WANG XIAOMING", "same", "same"),
        ("王小明", "Xiaoming Wang", "same", "same"),
        ("曾伟", "Zeng Wei", "same", "same"),
        ("周静", "周女士", "same", "missing"),
        ("张秀英", "Zhang, Xiu Ying", "same", "sounds alike"),
        ("Robert Smith", "Bob Smith", "same", "variant"),
        ("Robert Smith", "B Smith", "same", "initial"),
        ("Robert Smith", "Smith, Robert", "same", "same"),
        ("Robert Smith", "SMITH ROBERT", "same", "same"),
        ("Robert Smith", "Rboert Smith", "same", "near"),
        ("Susan Mooney", "Susan Moony", "sounds alike", "same"),
        ("Darla Smith", "Darlene Smith", "same", "loosely"),
        ("Anna Smith", "Annabelle Smith", "same", "other"),
        ("ВАСИЛЬЕВ, Александр Павлович", "Alexander Pavlovich Vasiliev", "near", "variant"),
        ("François Müller", "Francois Muller", "same", "same"),
        ("Maria Medina Sentosa", "Maria Sentosa", "same", "same"),
        ("David Dobbins Jr", "David Dobbins Senior", "other", "other"),
        ("EmilyS mith", "Emily Smith", "near", "near"),
        ("欧 阳娜", "欧阳娜", "same", "same"),
        ("Emiyl Clarke", "Emily Clarke", "same", "near"),
        ("刘强", "LIN QIANG", "loosely", "same"),
        ("ZHU, WEI", "ZHOU, WEI", "loosely", "same"),
        ("林敏", "LIN MING", "same", "near"),
        ("Person 3-1", "Person 0-1", "missing", "missing"),
        ("Guest 12", "Guest 1-2", "missing", "missing"),
        ("Guest12", "guest 12", "same", "missing"),
        ("客户12", "客户13", "missing", "missing"),
        ("Robert Smith 3rd", "Robert Smith III", "same", "same"),
        ("Dara Kim", "ដារា គឹម", "missing", "missing"),
    ],
)
def test_names(one: str, other: str, family: str, given: str) -> None:
    assert (level("name", one, other, "family"), level("name", one, other, "given")) == (
        family,
        given,
    )
    assert level("name", one, other, "given") == level("name", other, one, "given")


def test_known_parts_that_changed_places_are_told() -> None:
    kind = KINDS["name"]
    straight = kind.form([["Jones"], [], ["Jay"], [], []])
    turned = kind.form([["Jay"], [], ["Jones"], [], []])
    family, given = kind.compare(straight, turned)
    assert kind.parts["family"][family.number] == "swapped"
    assert kind.parts["given"][given.number] == "same"


def test_of_a_part_and_a_full_name_the_other_part_is_taken() -> None:
    kind = KINDS["name"]
    told = kind.form([[], [], ["黄"], ["黄艳"], []])
    assert told == kind.form([[], [], [], ["黄艳"], []])
    known = kind.form([[], [], ["Roe"], ["Ann Doe"], []])
    assert known == kind.form([[], [], ["Roe"], [], []])


def test_whoever_says_which_part_is_which_says_it_of_both() -> None:
    """A common family name is weighed as one, though a list of Latin names turns it round."""
    kind = KINDS["name"]
    forms = [kind.form([[], [], [], [name], []]) for name in ("杨明", "YANG MING")]
    for pair in (forms, forms[::-1]):
        family, given = kind.compare(*pair)
        assert (family.term, given.term) == ("yang", "ming")


def test_an_organisation_is_known_by_its_words_in_any_order() -> None:
    kind = KINDS["name"]
    forms = [
        kind.form([[], [], [], [name], ["organization"]])
        for name in ("Worldwide Exports Ltd", "Universal Exports Worldwide")
    ]
    assert [kind.parts["family"][one.number] for one in kind.compare(*forms)] == ["variant"] * 2


@pytest.mark.parametrize(
    ("kind", "one", "other", "expected"),
    [
        ("date", "1978-12-11", "1978-12-11", "same"),
        ("date", "1978-12-11", "1978-11-12", "day and month"),
        ("date", "1978-12-11", "1979-12-11", "one error"),
        ("date", "1979-11-12", "1978-12-11", "two parts"),
        ("date", "1978-12-11", "1978-03-02", "year"),
        ("date", "1978-12-11", "1950-03-02", "other"),
        ("phone", "+8613912345678", "139 1234 5678", "same line"),
        ("phone", "+8613912345678", "+8613912345679", "one error"),
        ("phone", "+8613912345678", "+8613987654321", "other"),
        ("email", "Ann@Mail.example", "ann@mail.example", "same"),
        ("email", "ann@mail.example", "ann@mail.exampel", "near"),
        ("email", "ann@post.example", "ann@post.example.con", "near"),
        ("email", "ann@mail.example", "ann@work.org", "same name"),
        ("email", "ann@mail.example", "bob@mail.example", "other"),
        ("email", "ann.roe17@mail.example", "anm.roe17@mail.example", "near"),
        ("email", "ann.roe17@mail.example", "ann.roe18@mail.example", "same name"),
        ("address", "1515 Adela Lane", "1515 Adela Ln.", "same"),
        ("address", "Suite 900, 1450 N City Rd", "1450 North City Road Ste 900", "same"),
        ("address", "9304 W. 15th St La Blanca", "9304 W 15th St", "part"),
        ("address", "人民路123号", "人民路１２３号", "same"),
        ("address", "人民路123号", "北京市人民路123号2单元", "part"),
        ("address", "人民路19号 12-2", "人民路235号2单元", "street"),
        ("address", "123 Main St", "456 Main St", "street"),
        ("address", "123 Main St", "7 Elm Road", "other"),
        ("home", "1515 Adela Lane", "1515 Adela Ln.", "same"),
        ("home", "9304 W. 15th St La Blanca", "9304 W 15th St", "part"),
        ("home", "人民路19号 12-2", "人民路235号2单元", "other house"),
        ("home", "123 Main St", "456 Main St", "other house"),
        ("home", "Main Street", "456 Main St", "street"),
        ("home", "123 Main St", "7 Elm Road", "other"),
        ("home", "Main St", "Elm Road", "other"),
        ("code", "SW1A 1AA", "sw1a1aa", "same"),
        ("code", "SW1A 1AA", "SW1A 2BC", "area"),
        ("text", "Müllenkranz", "Mullenkrantz", "near"),
        ("text", "Universal Exports", "Universal Exports, USA", "part"),
        ("text", "武汉", "Wuhan", "same"),
        ("text", "武汉市", "武汉", "same"),
        ("text", "西安", "Xi'an", "same"),
        ("text", "南京", "北京", "other"),
        ("number", "320102198812190153", "320102198812190163", "one error"),
        ("category", "Male", "male", "same"),
    ],
)
def test_values(kind: str, one: str, other: str, expected: str) -> None:
    assert level(kind, one, other) == expected
    assert level(kind, other, one) == expected


@pytest.mark.parametrize(
    ("kind", "one", "other", "atoms"),
    [
        ("phone", "+8613912345678", "+8613912345679", ("start", "end")),
        ("phone", "+8613912345678", "+8613912945678", ("start", "end")),
        ("number", "320102198812190153", "320102198812190163", ("start", "end")),
        ("number", "320102198812190153", "320192198812190153", ("start", "end")),
        ("date", "1978-12-11", "1978-11-12", ("day",)),
        ("email", "ann@mail.example", "ann@mail.exampel", ("local",)),
        ("address", "Suite 900, 1450 N City Rd", "1450 N City Rd", ("place",)),
        ("address", "人民路87号", "北京市人民路87号3单元", ("place",)),
        ("name", "王小明", "XIAOMING, WANG", ("names",)),
    ],
)
def test_one_error_leaves_a_block_in_common(
    kind: str, one: str, other: str, atoms: tuple[str, ...]
) -> None:
    compared = KINDS[kind]
    empty: list[list[str]] = [[] for _ in range(compared.places)]
    place = 3 if kind == "name" else 0
    a, b = (compared.form([*empty[:place], [t], *empty[place + 1 :]]) for t in (one, other))
    assert any({*compared.keys(a, atom)} & {*compared.keys(b, atom)} for atom in atoms)


@pytest.mark.parametrize("kind", KINDS)
def test_every_atom_finds_something(kind: str) -> None:
    values = [["Ann"], ["B"], ["Roe"], ["Ann Roe"], []]
    compared = KINDS[kind]
    text = {"date": "1978-12-11", "phone": "+8613912345678", "email": "a@b.example"}.get(kind)
    if kind == "birth":
        form = compared.form([["1978-12-11"], []])
    elif kind in {"name", "person"}:
        form = compared.form(values if kind == "name" else [*values, []])
    else:
        form = compared.form([[text or "12 Elm Road"]])
    assert form is not None
    assert all(list(compared.keys(form, atom)) for atom in compared.atoms)


RESIDENT = "320102198812190153"


@pytest.mark.parametrize(
    ("said", "papers", "expected"),
    [
        ("1988-12-19", [], "same"),
        ("1958-03-03", [], "other"),
        ("", [RESIDENT], "missing"),
        ("1958-03-03", [RESIDENT], "other"),
    ],
)
def test_resident_papers_tell_the_birthday_of_who_does_not_say_it(
    said: str, papers: list[str], expected: str
) -> None:
    kind = KINDS["birth"]
    silent = kind.form([[], [RESIDENT]])
    other = kind.form([[said] if said else [], papers])
    (found,) = kind.compare(silent, other)
    told = "missing" if found.number == MISSING else kind.parts[""][found.number]
    assert told == expected
    assert kind.stands_in(silent)
    assert kind.stands_in(other) != bool(said)


@pytest.mark.parametrize("papers", ["320102198812190154", "AB1988121901534567", "123456", ""])
def test_papers_of_another_kind_tell_no_birthday(papers: str) -> None:
    assert KINDS["birth"].form([[], [papers]]) is None


@pytest.mark.parametrize(
    ("first", "last", "mailbox", "name"),
    [
        ("军", "", "jun.hu510410@post.example", "HU, JUN"),
        ("", "胡", "jun_hu@post.example", "HU, JUN"),
        ("Ann", "", "roe.ann@mail.example", "Ann Roe"),
    ],
)
def test_a_mailbox_called_by_a_name_tells_its_other_part(
    first: str, last: str, mailbox: str, name: str
) -> None:
    kind = KINDS["person"]
    told = kind.form([[first] if first else [], [], [last] if last else [], [], [], [mailbox]])
    levels = kind.compare(told, kind.form([[], [], [], [name], [], []]))
    names = [kind.parts[part][one.number] for part, one in zip(kind.parts, levels, strict=True)]
    assert names == ["same", "same"]
    assert kind.stands_in(told)


@pytest.mark.parametrize("mailbox", ["shop@mail.example", "max.roe@mail.example", "ann.m.roe@a.b"])
def test_any_other_mailbox_tells_nothing_of_a_name(mailbox: str) -> None:
    kind = KINDS["person"]
    form = kind.form([["Ann"], [], [], [], [], [mailbox]])
    assert form == kind.form([["Ann"], [], [], [], [], []])
    assert not kind.stands_in(form)


def test_folding_is_done_once_and_for_all() -> None:
    for text in ("ＡＢＣ１２３", "Straße", "國語", "Ёлка", "Ελλάδα", "naïve"):
        assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("kind", KINDS)
def test_likeness_has_no_direction(kind: str) -> None:
    chance = Random(kind)
    compared = KINDS[kind]
    dates = ["1978-12-11", "1978-11-12", "1979-11-12", "1797-12-11", "1978-02-11"]
    texts = {
        "birth": [*dates, "320102198812190153", "110105194912310028"],
        "person": ["ann", "ann roe", "roe ann", "ann.roe@a.example", "jun.hu12@b.example", "hu"],
        "date": dates,
        "phone": ["+8613912345678", "8613912345678", "13912345678", "13912345687", "1391234567"],
        "email": ["a@b.example", "a@b.exampl", "ab@b.example", "b@b.example.com"],
    }.get(kind, ["ann", "ann roe", "roe ann", "anna roe 12", "12 roe st", "12 roe street", "bob"])
    forms = [
        form
        for _ in range(60)
        if (
            form := compared.form(
                [chance.sample(texts, chance.randint(0, 2)) for _ in range(compared.places)]
            )
        )
    ]
    assert len(forms) > 20
    for one, other in combinations(forms, 2):
        assert compared.compare(one, other) == compared.compare(other, one)


def _days_asked_at_length(one: str, other: str) -> int:
    """Every question about two days, whatever is known already."""
    turned, turned_too = (each[:4] + each[6:] + each[4:6] for each in (one, other))
    alike = sum(one[held] == other[held] for held in (slice(4), slice(4, 6), slice(6, 8)))
    slips = {errors(turned, other), errors(one, turned_too)}
    told = (
        one == other,
        turned == other and one[:4] == other[:4],
        errors(one, other) == 1,
        alike == 2 or 1 in slips,
        one[:4] == other[:4],
    )
    return told.index(True) if True in told else len(told)


def test_days_that_have_no_part_in_common_are_others_however_they_are_asked() -> None:
    chance = Random(9)
    years, parts = ("1980", "1908", "1981", "1018", "2010"), ("01", "10", "12", "21", "08", "18")
    days = [chance.choice(years) + chance.choice(parts) + chance.choice(parts) for _ in range(120)]
    found = {(one, other): KINDS["date"].number(one, other) for one in days for other in days}
    assert found == {pair: _days_asked_at_length(*pair) for pair in found}
    assert set(found.values()) == set(range(6))


def test_the_number_of_a_level_is_that_of_what_is_compared() -> None:
    said = {
        "date": ("1980-05-17", "1980-17-05", "1961-07-01", "1980-05-18"),
        "text": ("Leeds", "York", "New York", "深圳市"),
        "code": ("LS1 4AP", "LS1 4AQ", "89501"),
        "number": ("110105194912310021", "110105194912310012", "7"),
        "phone": ("+442079460000", "02079460000", "+442079460001", "12"),
        "email": ("ann@mail.example", "amn@mail.example", "ann@mail.exampel", "bob@x.example"),
        "address": ("12 Elm Road", "Elm Rd 12", "99 Elm Road", "Elm Road", "9 Oak Street"),
        "home": ("12 Elm Road", "Elm Rd 12", "99 Elm Road", "Elm Road", "人民路3号2单元"),
    }
    for name, texts in said.items():
        kind = KINDS[name]
        forms = [kind.form([[text]]) for text in texts]
        for one in forms:
            for other in forms:
                assert kind.number(one, other) == kind.compare(one, other)[0].number

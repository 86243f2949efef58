"""The section `accounts:`, read strictly, and the normal forms that accounts are known by."""

import pytest
from c360_kernel.catalog import CatalogError
from c360_kernel.catalog.loader import default_catalog, parse_catalog
from c360_kernel.catalog.normalizers import Normalizers, Refusal
from c360_kernel.catalog.normalizers.credit_code import check_sign, normalize_credit_code
from c360_kernel.catalog.normalizers.web_domain import normalize_web_domain
from c360_kernel.record import Identifier

SOURCES = "sources: {crm: {priority: 0}}\n"


def problems_of(section):
    with pytest.raises(CatalogError) as refused:
        parse_catalog(SOURCES + section, "c")
    return [(one.line, one.path, one.message) for one in refused.value.problems]


def test_what_a_catalog_says_of_accounts():
    model = default_catalog().accounts
    assert list(model.identifiers) == ["credit_code", "erp_number", "domain"]
    assert [name for name, kind in model.kinds.items() if kind.decides] == ["decision"]
    assert [name for name in model.kinds if model.is_ours(name)] == ["owner"]
    assert [name for name, role in model.roles.items() if role.needed] == [
        "decision_maker",
        "budget_holder",
    ]
    assert model.traits["website"].identifier == "domain"


@pytest.mark.parametrize(
    ("kind", "ours"),
    [
        ("owner: {}", True),
        ("owner: {ours: false}", False),
        ("owner: {decides: true}", False),
        ("agent: {ours: true}", True),
        ("agent: {}", False),
    ],
)
def test_an_owner_is_one_of_ours_unless_the_catalog_says_otherwise(kind, ours):
    model = parse_catalog(f"{SOURCES}accounts: {{kinds: {{{kind}}}}}", "c").accounts
    assert model.is_ours(kind.split(":")[0]) is ours
    assert not model.is_ours("unknown")


def test_the_namespaces_of_persons_and_accounts_do_not_meet():
    catalog = default_catalog()
    assert catalog.identifiers.keys().isdisjoint(catalog.accounts.identifiers)
    assert catalog.of_accounts.identifiers == catalog.accounts.identifiers
    assert catalog.of_accounts.traits == catalog.accounts.traits
    assert not catalog.of_accounts.events
    of_accounts = Normalizers(catalog.of_accounts)
    assert of_accounts.judge(Identifier("phone", "13812345678"), "CN") is Refusal.UNKNOWN_TYPE


def test_a_catalog_may_have_no_accounts():
    assert not parse_catalog(SOURCES, "c").accounts.identifiers


PERSONS = """
traits: {spent: {type: float, tag: financial}, city: {type: string, tag: city}}
events:
  order:
    properties:
      amount: {type: float, tag: public}
      company: {type: string, tag: employment}
      productId: {type: string, tag: public, refers: product}
objects: {product: {tag: public, properties: {price: {type: float, tag: public}}}}
accounts:
  identifiers: {number: {normalizer: token, tier: 1, tag: public}}
"""


def of_accounts(more):
    return parse_catalog(SOURCES + PERSONS + more, "c").accounts


def test_what_is_computed_of_accounts():
    model = of_accounts("""
  events: {order: {property: company, identifier: number}}
  computed:
    revenue:
      {kind: sum, event: order, property: amount, last: 2 days, subtree: true, tag: financial}
    people: {over: members, kind: count, where: {trait: city, op: exists}, tag: city}
    most: {over: members, kind: max, trait: spent, tag: financial}
""")
    revenue, people, most = model.computed.values()
    assert (revenue.subtree, revenue.is_of_members) == (True, False)
    assert revenue.trait.last_ms == 172_800_000
    assert revenue.trait.derived_tags == ("account_link", "employment")
    assert (people.trait.type, people.trait.derived_tags) == ("int", ("account_link", "city"))
    assert (most.trait.looks_at, most.trait.type) == ("spent", "float")
    assert model.stated["order"].identifier == "number"


def test_what_is_computed_is_called_as_no_trait_of_accounts():
    of_members = "{over: members, kind: count, tag: city}"
    with pytest.raises(CatalogError, match="'size' is the name of trait 'size'"):
        of_accounts(
            f"  traits: {{size: {{type: int, tag: public}}}}\n  computed: {{size: {of_members}}}"
        )
    assert of_accounts(f"  computed: {{spent: {of_members}}}").computed


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        ("  computed: {a: {over: members, kind: last, trait: spent, tag: city}}", "a.kind", "last"),
        ("  computed: {a: {over: members, kind: sum, trait: city, tag: city}}", "a.trait", "float"),
        ("  computed: {a: {over: members, kind: quintile, tag: city}}", "a.kind", "unknown kind"),
        ("  computed: {a: {over: members, kind: sum, tag: city}}", "a", "'trait' is missing"),
        ("  computed: {a: {over: members, kind: count, trait: spent, tag: city}}", "a.trait", "no"),
        ("  computed: {a: {over: members, kind: max, trait: spend, tag: city}}", "a.trait", "spe"),
        ("  computed: {a: {over: people, kind: count, event: order, tag: city}}", "a.over", "know"),
        ("  computed: {a: {over: members, kind: count, tag: public}}", "a.tag", "looser"),
        ("  computed: {a: {over: members, kind: count, last: 1 day, tag: city}}", "a.last", "unkn"),
        ("  computed: {a: {kind: sum, event: order, property: product.price, tag: city}}",
         "a.property", "unknown property"),
        ("  computed: {a: {kind: count, event: ordered, tag: city}}", "a.event", "order"),
        ("  computed: {a: {kind: count, event: order, subtree: no?, tag: city}}", "a.subtree", "t"),
        ("  computed: {not: {over: members, kind: count, tag: city}}", "not", "reserved"),
        ("  events: {order: {property: amount}}", "order.property", "text property"),
        ("  events: {order: {property: company, identifier: code}}", "order.identifier", "number"),
        ("  events: {orders: {property: company}}", "orders", "unknown event"),
        ("  events: {order: {}}", "order", "'property' is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_of_accounts_is_refused_with_its_place(more, path, message):
    with pytest.raises(CatalogError) as refused:
        of_accounts(more)
    found = [(one.path, one.message) for one in refused.value.problems]
    section = more.split(":")[0].strip()
    assert any(at == f"accounts.{section}.{path}" and message in said for at, said in found), found


@pytest.mark.parametrize(
    ("section", "path", "message"),
    [
        ("accounts: {rolles: {}}", "accounts.rolles", "'rolles', did you mean 'roles'?"),
        ("accounts: {roles: {champion: {need: true}}}", "accounts.roles.champion.need", "unknown"),
        ("accounts: {kinds: {Member: {}}}", "accounts.kinds.Member", "use snake_case"),
        ("accounts: {kinds: {member: {decides: true, ours: true}}}", "accounts.kinds.member",
         "no part in what an account decides"),
        ("accounts: {kinds: {member: {decides: maybe}}}", "accounts.kinds.member.decides", "true"),
        ("accounts: {identifiers: {code: {normalizer: card, tag: public}}}",
         "accounts.identifiers.code", "'tier' is missing"),
        ("accounts: {traits: {owner: {type: string, tag: public, rowRule: true}}}",
         "accounts.traits.owner", "row rules choose persons"),
        ("accounts: {traits: {site: {type: string, tag: public, identifier: email}}}",
         "accounts.traits.site.identifier", "unknown identifier"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_place(section, path, message):
    ((line, where, why),) = problems_of(section)
    assert (line, where) == (2, path)
    assert message in why


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B"])
def test_a_credit_code_is_known_by_its_check_sign(code):
    assert normalize_credit_code(f" {code[:8].lower()} {code[8:]} ", "CN") == code
    assert check_sign(code[:-1]) == code[-1]


@pytest.mark.parametrize(
    "wrong",
    ["91350100M000100Y44", "19350100M000100Y43", "91350100M00010OY43", "9135010M000100Y43", ""],
)
def test_any_other_text_is_no_credit_code(wrong):
    assert normalize_credit_code(wrong, "CN") is None


def test_one_wrong_sign_of_a_credit_code_is_always_found():
    code, signs = "91350100M000100Y43", "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for place in range(len(code)):
        for sign in signs.replace(code[place], ""):
            typed = f"{code[:place]}{sign}{code[place + 1 :]}"
            assert normalize_credit_code(typed, "CN") is None, typed


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://www.ACME.example.org:8443/shop?x=1", "acme.example.org"),
        ("sales@acme.example.org", "acme.example.org"),
        ("acme.example.org.", "acme.example.org"),
        ("中国.cn", "xn--fiqs8s.cn"),
        ("acme", None),
        ("http://", None),
        ("a b.org", None),
    ],
)
def test_a_web_domain_in_one_form(written, domain):
    assert normalize_web_domain(written, "CN") == domain


@pytest.mark.parametrize("free", ["gmail.com", "QQ.com", "bob@163.com", "https://outlook.com/x"])
def test_a_domain_of_free_mailboxes_joins_nobody_whatever_is_blocked(free):
    site = "accounts: {identifiers: {site: {normalizer: web_domain, tier: 1, tag: public}}}"
    normalizers = Normalizers(parse_catalog(f"{SOURCES}blocked: []\n{site}", "c").of_accounts)
    assert normalizers.judge(Identifier("site", free), "CN") is Refusal.BLOCKED
    kept = Identifier("site", "mygmail.com")
    assert normalizers.judge(kept, "CN") == kept

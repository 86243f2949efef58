"""A shop of users, products and reviews: the large nested query, with an answer of about 87 KB."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from .plain import Plain
from .scenario import Scenario

Json = Any
_USERS = 6
_REVIEWED = (1, 2, 1, 2, 3, 4, 1, 2, 3, 1, 2, 4)
_PRODUCTS = 9
_LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.7"
  import: ["@key", "@external", "@requires", "@provides", "@shareable", "@tag"]
)
scalar _Any
"""
_ACCOUNTS = """
type Query {
  _entities(representations: [_Any!]!): [_Entity]!
  me: User
  user(id: ID!): User
  users: [User]
}
union _Entity = User
type User @key(fields: "id") {
  id: ID!
  name: String @tag(name: "name")
  username: String @shareable @tag(name: "account")
  birthday: Int @tag(name: "birth_date")
}
"""
_INVENTORY = """
type Query { _entities(representations: [_Any!]!): [_Entity]! }
union _Entity = Product
type Product @key(fields: "upc") {
  upc: String!
  weight: Int @external
  price: Int @external
  inStock: Boolean
  shippingEstimate: Int @requires(fields: "price weight")
}
"""
_GOODS = """
type Query {
  _entities(representations: [_Any!]!): [_Entity]!
  topProducts(first: Int = 5): [Product]
}
union _Entity = Product
type Product @key(fields: "upc") {
  upc: String!
  name: String
  price: Int @tag(name: "price")
  weight: Int
}
"""
_REVIEWS = """
type Query { _entities(representations: [_Any!]!): [_Entity]! }
union _Entity = Review | User | Product
type Review @key(fields: "id") {
  id: ID!
  body: String
  product: Product
  author: User @provides(fields: "username")
}
type User @key(fields: "id") {
  id: ID!
  username: String @external
  reviews: [Review]
}
type Product @key(fields: "upc") { upc: String! reviews: [Review] }
"""
_QUERY = """
fragment User on User { id username name }
fragment Review on Review { id body }
fragment Product on Product { inStock name price shippingEstimate upc weight }
query Nested {
  users {
    ...User
    reviews {
      ...Review
      product {
        ...Product
        reviews {
          ...Review
          author { ...User reviews { ...Review product { ...Product } } }
        }
      }
    }
  }
  topProducts {
    ...Product
    reviews {
      ...Review
      author { ...User reviews { ...Review product { ...Product } } }
    }
  }
}
"""
_POLICY = """
p, shopper, *, read, , allow, *, , , shopper-untagged
p, shopper, tag:name, read, , allow, *, , , shopper-name
p, shopper, tag:account, read, partial(1,1,2), allow, *, , , shopper-account
p, shopper, tag:price, read, , allow, *, , , shopper-price
"""


def shop() -> Scenario:
    """The scenario over a world that is the same each time."""
    users, products = _world()
    people = {one["id"]: one for one in users}
    goods = {one["upc"]: one for one in products}

    def top(first: int) -> list[Json]:
        return products[:first]

    def from_reviews(given: Mapping[str, Json]) -> Json:
        return people[given["id"]] if given["__typename"] == "User" else goods[given["upc"]]

    return Scenario(
        name="shop",
        subgraphs={
            "accounts": Plain(_LINK + _ACCOUNTS, {"users": users}, lambda one: people[one["id"]]),
            "inventory": Plain(_LINK + _INVENTORY, {}, lambda one: _stock(goods, one)),
            "products": Plain(_LINK + _GOODS, {"topProducts": top}, lambda one: goods[one["upc"]]),
            "reviews": Plain(_LINK + _REVIEWS, {}, from_reviews),
        },
        root={"users": users, "topProducts": top},
        query=_QUERY,
        variables=[{}],
        role="shopper",
        policy=_POLICY,
        masks={"username": lambda text: f"{text[0]}***{text[-1]}".upper()},
    )


def _stock(goods: Mapping[str, Json], given: Mapping[str, Json]) -> Json:
    found = goods[given["upc"]]
    if "price" not in given:
        return found
    return {**found, "shippingEstimate": _shipping(given["price"], given["weight"])}


def _shipping(price: int, weight: int) -> int:
    return 0 if price > 1_000 else weight // 2


def _world() -> tuple[list[Json], list[Json]]:
    chance = random.Random(87)
    users = [_user(number, chance) for number in range(1, _USERS + 1)]
    products = [_product(number, chance) for number in range(1, _PRODUCTS + 1)]
    for number, upc in enumerate(_REVIEWED):
        author, product = users[number % _USERS], products[upc - 1]
        review = {"id": str(number + 1), "body": _prose(chance), "product": product}
        author["reviews"].append({**review, "author": author})
        product["reviews"].append({**review, "author": author})
    return users, products


def _user(number: int, chance: random.Random) -> Json:
    name = f"{_word(chance).title()} {_word(chance).title()}"
    account = name.lower().replace(" ", ".")
    born = 1950 + chance.randrange(50)
    return {"id": str(number), "name": name, "username": account, "birthday": born, "reviews": []}


def _product(number: int, chance: random.Random) -> Json:
    price, weight = chance.randrange(10, 2_000), chance.randrange(10, 1_000)
    return {
        "upc": str(number),
        "name": f"{_word(chance)} {_word(chance)}",
        "price": price,
        "weight": weight,
        "inStock": chance.random() < 0.8,
        "shippingEstimate": _shipping(price, weight),
        "reviews": [],
    }


def _prose(chance: random.Random) -> str:
    return " ".join(_word(chance) for _ in range(chance.randrange(33, 94)))


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("abcdefghilmnoprstuv") for _ in range(chance.randrange(3, 9)))

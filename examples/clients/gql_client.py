"""Python gql: raises for an answer that has any error, whatever data came with it."""

import json
import os

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from graphql import ExecutionResult

URL = os.environ.get("C360_URL", "http://127.0.0.1:8360/graphql")
TOKEN = {"authorization": f"Bearer {os.environ['C360_TOKEN']}"}
CUSTOMERS = gql("""
  query Customers {
    customers(first: 1) { edges { node { id profile { name phone loyaltyTier } } } }
  }
""")


def ask(**headers: str) -> ExecutionResult:
    """Data and extensions of the answer."""
    client = Client(transport=HTTPXTransport(URL, headers={**TOKEN, **headers}))
    return client.execute(CUSTOMERS, get_execution_result=True)


try:
    ask()
    failed = False
except TransportQueryError:
    failed = True
answer = ask(**{"c360-denials": "extensions"})
(edge,) = answer.data["customers"]["edges"]
policy = {one["coordinate"]: one for one in answer.extensions["policy"]}
summary = {"profile": edge["node"]["profile"], "policy": policy}
print(json.dumps({"byDefault": {"failed": failed}, "withHeader": summary}))

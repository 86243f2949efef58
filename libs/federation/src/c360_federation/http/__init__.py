"""GraphQL over HTTP."""

from c360_federation.http.app import GraphQLHttpApp, HttpAppSettings, refuse_mutation_over_get
from c360_federation.http.messages import ExecuteHttp, GraphQLReply, GraphQLRequest, HttpProblem

__all__ = [
    "ExecuteHttp",
    "GraphQLHttpApp",
    "GraphQLReply",
    "GraphQLRequest",
    "HttpAppSettings",
    "HttpProblem",
    "refuse_mutation_over_get",
]

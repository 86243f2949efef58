"""GraphQL over HTTP."""

from c360_federation.http.app import GraphQLHttpApp, HttpAppSettings, refuse_mutation_over_get
from c360_federation.http.documents import AutomaticSettings, Documents, read_manifest
from c360_federation.http.messages import ExecuteHttp, GraphQLReply, GraphQLRequest, HttpProblem

__all__ = [
    "AutomaticSettings",
    "Documents",
    "ExecuteHttp",
    "GraphQLHttpApp",
    "GraphQLReply",
    "GraphQLRequest",
    "HttpAppSettings",
    "HttpProblem",
    "read_manifest",
    "refuse_mutation_over_get",
]

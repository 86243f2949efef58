"""`python -m c360_federation compose | explain | serve`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import uvicorn

from c360_federation.compose import SubgraphSdl, compose_with_hints
from c360_federation.engine import Engine
from c360_federation.errors import FederationError, RequestRefused
from c360_federation.execute.faults import masked, verbatim
from c360_federation.execute.transport import InProcessTransport
from c360_federation.plan import explain
from c360_federation.serving import Server


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; problems go to standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except RequestRefused as refused:
        for error in refused.errors:
            print(f"{error['extensions']['code']}: {error['message']}", file=sys.stderr)
        return 1
    except (FederationError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m c360_federation", description=__doc__)
    commands = parser.add_subparsers(required=True)
    composing = commands.add_parser("compose", help="subgraph SDL in, supergraph SDL out")
    composing.add_argument("subgraphs", nargs="+", metavar="NAME=FILE[@URL]")
    composing.set_defaults(run=_compose)
    explaining = commands.add_parser("explain", help="the plan of a query")
    explaining.add_argument("--supergraph", type=Path, required=True)
    explaining.add_argument("--variables", default="{}", help="a JSON object")
    explaining.add_argument("query", help="query text, or - for standard input")
    explaining.set_defaults(run=_explain)
    serving = commands.add_parser("serve", help="answer /graphql over a supergraph")
    serving.add_argument("--supergraph", type=Path, required=True)
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=4000)
    serving.add_argument(
        "--show-subgraph-errors", dest="report", action="store_const", const=verbatim,
        default=masked, help="pass on the messages of subgraph errors",
    )  # fmt: skip
    serving.set_defaults(run=_serve)
    return parser


def _compose(options: argparse.Namespace) -> None:
    result = compose_with_hints([_subgraph(argument) for argument in options.subgraphs])
    for hint in result.hints:
        print(f"hint: {hint}", file=sys.stderr)
    print(result.supergraph, end="")


def _subgraph(argument: str) -> SubgraphSdl:
    name, _, rest = argument.partition("=")
    file, _, url = rest.partition("@")
    if not name or not file:
        raise FederationError(f"A subgraph is given as NAME=FILE[@URL], not {argument!r}")
    return SubgraphSdl(name, Path(file).read_text(encoding="utf-8"), url)


def _explain(options: argparse.Namespace) -> None:
    supergraph = options.supergraph.read_text(encoding="utf-8")
    query = sys.stdin.read() if options.query == "-" else options.query
    engine = Engine(supergraph, InProcessTransport({}))
    print(explain(engine.prepare(query, None, _variables(options.variables)).plan))


def _variables(text: str) -> dict[str, object]:
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise FederationError("--variables must be a JSON object")
    return parsed


def _serve(options: argparse.Namespace) -> None:
    text = options.supergraph.read_text(encoding="utf-8")
    server = Server(text, options.report, options.supergraph)
    uvicorn.run(
        server,
        host=options.host,
        port=options.port,
        log_level="warning",
        server_header=False,
    )


if __name__ == "__main__":
    sys.exit(main())

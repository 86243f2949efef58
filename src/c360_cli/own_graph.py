"""Our services' own graph under a catalog, made aside, without an instance, and never asked."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from c360_gateway.assembly.subgraphs import Subgraphs
from c360_gateway.bootstrap import build
from c360_gateway.query.prepared_operation import Graph
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog.loader import FILE_NAME, default_catalog_text
from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import Invalid
from c360_kernel.log.memory import MemoryLog
from c360_kernel.open_files import let_go
from c360_policy.store.shipped import POLICY_FILE, ROWS_FILE, copy_default_policy

from c360_cli.assembly import assemble
from c360_cli.topology import NAMES


def text_of(file: Path) -> str:
    """The text of a file. Raises `Invalid` FILE_UNUSABLE."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{file.name} is not UTF-8", code="FILE_UNUSABLE") from None


def catalog_text(catalog: Path | None, data: Path) -> str:
    """The catalog that is named, else that of the instance, else the one that ships."""
    if catalog is not None:
        return text_of(catalog)
    own = data / FILE_NAME
    return text_of(own) if own.exists() else default_catalog_text()


def own_graph(text: str) -> tuple[Graph | None, Catalog]:
    """The graph of a catalog's text; None when it does not compose, which the log tells."""
    with tempfile.TemporaryDirectory(prefix="c360-") as directory:
        root = Path(directory)
        (root / FILE_NAME).write_text(text, "utf-8")
        copy_default_policy(root / "policy")
        # What is asked about is another policy: this one denies nothing and grants nothing.
        (root / "policy" / POLICY_FILE).write_text("")
        (root / "policy" / ROWS_FILE).unlink()
        instance = assemble(root)
        graphs = {
            name: instance.service(name, f"sqlite:///{instance.directory.store(name)}").open_graph()
            for name in NAMES
        }
        gateway = build(
            _aside(root), instance.catalog, MemoryLog(), Subgraphs(local=graphs), bytes(32)
        )
        asyncio.run(gateway.supergraph_source.start())
        # The stores go with the directory, and nobody asks them any more.
        for name in NAMES:
            let_go(instance.directory.store(name))
        return gateway.pipeline.graph, instance.catalog


def _aside(root: Path) -> GatewaySettings:
    """Settings that lead to nothing outside of a directory, whatever the environment says."""
    return GatewaySettings(
        data=root,
        mode="development",
        policy=None,
        policy_store=None,
        oidc_issuer=None,
        oidc_jwks=None,
        revoked=None,
        connector_keys=None,
        documents=None,
    )

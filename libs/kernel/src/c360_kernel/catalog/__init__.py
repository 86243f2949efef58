"""The catalog: what a company says it holds."""

from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import (
    copy_default_catalog,
    default_catalog,
    load_catalog,
    parse_catalog,
)
from c360_kernel.catalog.model import Catalog

__all__ = [
    "Catalog",
    "CatalogError",
    "copy_default_catalog",
    "default_catalog",
    "load_catalog",
    "parse_catalog",
]

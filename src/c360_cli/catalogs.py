"""The catalog that a directory's instance runs under, and what another one would ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

from c360_kernel.catalog import CatalogError, default_catalog, load_catalog
from c360_kernel.catalog.model import AccountModel, Catalog
from c360_kernel.errors import C360Error
from c360_kernel.settings import Settings

from c360_cli.assembly import Instance, assemble, instance_of
from c360_cli.catalog_file import catalog_states
from c360_cli.directory import DataDirectory
from c360_cli.topology import NAMES, SERVICES


@dataclass(frozen=True, slots=True)
class CatalogStatus:
    """The catalog in force, and what there is to say of its file and of what is under way."""

    in_force: str
    file: str
    work: Mapping[str, str]

    def as_json(self) -> dict[str, object]:
        """The form that `c360 status --json` prints."""
        return {"inForce": self.in_force, "file": self.file, "work": dict(self.work)}


def instance_as_it_is(data: Path) -> Instance:
    """The instance under the catalog that it took last, whatever its file says by now."""
    directory = DataDirectory(data)
    with suppress(C360Error):
        return Instance(directory, Settings(data=data), load_catalog(directory.catalog_in_force))
    return instance_of(directory)


def instance_of_child(data: Path) -> Instance:
    """The instance for a part that is started again while it runs: its file may be wrong by now."""
    try:
        return assemble(data)
    except CatalogError:
        return instance_as_it_is(data)


def catalog_status(instance: Instance) -> CatalogStatus:
    """What `c360 status` says of the catalog."""
    statuses = catalog_states(instance.directory, NAMES)
    work = {part: one["work"] for part, one in statuses.items() if "work" in one}
    return CatalogStatus(instance.catalog.digest, _file_of(instance), work)


def _file_of(instance: Instance) -> str:
    try:
        found = load_catalog(instance.directory.catalog)
    except C360Error as error:
        return f"refused: {error.code}: {error.message}"
    is_same = found.digest == instance.catalog.digest
    return "in force" if is_same else "changed: taken within seconds, or at the next start"


def catalog_of(data: Path) -> Catalog:
    """The catalog in force in a directory, else the one in its file, else the one that ships."""
    directory = DataDirectory(data)
    for file in (directory.catalog_in_force, directory.catalog):
        if file.exists():
            return load_catalog(file)
    return default_catalog()


def changed_entries(before: Catalog, after: Catalog) -> Iterator[str]:
    """The entries that differ, as `traits.city`, with what happens to each."""
    yield from _changed_sections(before, after, "")
    yield from _changed_sections(before.accounts, after.accounts, "accounts.")


def _changed_sections(
    before: Catalog | AccountModel, after: Catalog | AccountModel, above: str
) -> Iterator[str]:
    for section in fields(before):
        old, new = getattr(before, section.name), getattr(after, section.name)
        if isinstance(old, Mapping):
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    how = "new" if name not in old else "gone" if name not in new else "changed"
                    yield f"{above}{section.name}.{name}: {how}"


def work_for(before: Catalog, after: Catalog, data: Path) -> Iterator[str]:
    """What the services of an instance do about another catalog."""
    one = Instance(DataDirectory(data), Settings(data=data), before)
    other = replace(one, catalog=after)
    for spec in SERVICES:
        if one.service(spec.name).basis != other.service(spec.name).basis:
            yield f"{spec.name}: {spec.follows_catalog}"

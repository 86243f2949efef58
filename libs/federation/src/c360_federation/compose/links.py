"""`@link`: which specifications a subgraph uses and under which names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import DocumentNode

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.spec import (
    FEDERATION_1,
    NEWEST,
    federation_elements,
    is_directive,
    spec_elements,
)
from c360_federation.supergraph.features import KNOWN_VERSIONS
from c360_federation.supergraph.links import APOLLO, Link, link_arguments, read_links
from c360_federation.values import Json

_FEDERATION = f"{APOLLO}/federation"
_ALWAYS = frozenset(("deprecated", "specifiedBy"))
_NAME = re.compile(r"@?[_A-Za-z][_0-9A-Za-z]*")
_ALIAS = re.compile(r"[_A-Za-z][-._0-9A-Za-z]*")
_FEDERATION_2 = re.compile(r"v2\.(\d+)")
_IMPORT_KEYS = frozenset(("name", "as"))


@dataclass(frozen=True, slots=True)
class Names:
    """What a subgraph calls the directives and types of the specifications that it uses."""

    is_federation_1: bool
    minor: int
    """The federation version that it speaks, 2.`minor`."""
    directives: Mapping[str, str]
    """Known directives by their names in the subgraph."""
    types: Mapping[str, str]
    """Names in the subgraph by known types."""
    links: tuple[Link, ...] = field(default=())

    def of(self, local: str) -> str | None:
        """The canonical name of a directive, or None when it is not ours."""
        return local if local in _ALWAYS else self.directives.get(local)

    def imported(self, directive: str) -> Link | None:
        """The link that a directive's name comes from, if it is not a known specification's."""
        prefix = directive.partition("__")[0]
        for link in self.links:
            if f"@{directive}" in link.imports.values() or link.prefix in (directive, prefix):
                return link
        return None


def read_names(document: DocumentNode, subgraph: str, problems: ProblemList) -> Names:
    """Understand a subgraph's links; without one of federation it speaks federation 1."""
    reader = _Links(subgraph, problems)
    for arguments in link_arguments(document):
        reader.check_form(arguments)
    links = read_links(document)
    for link in links:
        reader.check(link)
    reader.check_clashes(links)
    federation = next((one for one in links if one.identity == _FEDERATION), None)
    minor = reader.minor(federation)
    directives: dict[str, str] = {}
    types: dict[str, str] = {}
    if federation is None:
        directives = {name: name for name in FEDERATION_1}
        types = {"FieldSet": "_FieldSet"}
    for link in links:
        for element in _elements(link, minor) or ():
            if element in ("link", "Import", "Purpose"):
                continue
            if is_directive(element):
                directives[link.directive(element)] = element
            else:
                types[element] = link.imports.get(element, f"{link.prefix}__{element}")
    return Names(federation is None, minor, directives, types, tuple(links))


def _elements(link: Link, minor: int) -> tuple[str, ...] | None:
    """What a link may import; None when its specification is not known."""
    if link.identity == _FEDERATION:
        return federation_elements(minor)
    return spec_elements(link.name) if is_known(link) else None


def is_known(link: Link) -> bool:
    """Whether a link is of a version of a specification that is known, beside federation."""
    known = KNOWN_VERSIONS.get(link.name, frozenset())
    return link.identity == f"{APOLLO}/{link.name}" and link.version in known


class _Links:
    """Checks the links of one subgraph."""

    def __init__(self, subgraph: str, problems: ProblemList) -> None:
        self._subgraph = subgraph
        self._problems = problems

    def minor(self, link: Link | None) -> int:
        """The federation version; a subgraph of federation 1 is read as 2.4."""
        if link is None:
            return 4
        found = _FEDERATION_2.fullmatch(link.version)
        if found and int(found.group(1)) <= NEWEST:
            return int(found.group(1))
        message = f"federation {link.version}, which is not known. Link v2.0 to v2.{NEWEST}"
        self._add("UNKNOWN_FEDERATION_LINK_VERSION", f"links {message}")
        return NEWEST

    def check_form(self, link: Mapping[str, Json]) -> None:
        """The parts of one link, before anything is made of them."""
        if str(link.get("url") or "").endswith("/"):
            imported_ = "links an address that ends with a slash, and so names no version"
            self._add("INVALID_LINK_IDENTIFIER", imported_)
        imports = link.get("import")
        if imports is None:
            return
        if not isinstance(imports, list):
            self._usage("imports what is no list")
            return
        aliases: dict[str, str] = {}
        for one in imports:
            self._check_import(one)
            imported_ = {"name": one} if isinstance(one, str) else one
            name = imported_.get("name") if isinstance(imported_, dict) else None
            if isinstance(name, str):
                alias = str(imported_.get("as") or name)
                if aliases.setdefault(name, alias) != alias:
                    self._usage(f"imports {name!r} under two names")

    def _check_import(self, one: Json) -> None:
        if isinstance(one, str):
            return
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            self._usage(f"imports {one!r}: give a name, or {{name:, as:}}")
            return
        if set(one) - _IMPORT_KEYS:
            self._usage(f"imports {one['name']!r} with more than a name and an `as`")
        alias = one.get("as")
        if alias is None:
            return
        if not isinstance(alias, str) or not _NAME.fullmatch(alias):
            self._usage(f"imports {one['name']!r} under what is no name")
        elif alias.startswith("@") != one["name"].startswith("@"):
            self._usage(f"imports {one['name']!r} as {alias!r}: directives start with '@'")

    def check(self, link: Link) -> None:
        """One link by itself."""
        if not link.version or not link.name:
            message = (
                f"links {link.identity!r}, which names no version. End it with one such as v2.3"
            )
            self._add("INVALID_LINK_IDENTIFIER", message)
        if link.identity == f"{APOLLO}/link" and link.version != "v1.0":
            self._usage(f"links version {link.version} of the link specification; use v1.0")
        if "__" in link.prefix or link.prefix.endswith("_") or not _ALIAS.fullmatch(link.prefix):
            self._usage(f"links {link.url!r} as {link.prefix!r}, which is no prefix")
        if link.identity == f"{APOLLO}/connect":
            self._add("UNSUPPORTED_FEATURE", f"links {link.url}, which is not supported")
        found = _FEDERATION_2.fullmatch(link.version)
        elements = _elements(link, min(int(found.group(1)), NEWEST) if found else NEWEST)
        if elements is not None:
            known = {f"@{one}" if is_directive(one) else one for one in elements}
            for name in link.imports:
                if name not in known:
                    self._usage(f"imports {name!r}, which {link.url} does not have")

    def check_clashes(self, links: list[Link]) -> None:
        """No name may come from two places."""
        prefixes: dict[str, Link] = {}
        identities: set[str] = set()
        imported: dict[str, tuple[str, str]] = {}
        for link in links:
            if link.identity in identities:
                self._usage(f"links {link.identity!r} twice")
            elif link.prefix in prefixes:
                self._usage(f"links two specifications as {link.prefix!r}; rename one by `as:`")
            identities.add(link.identity)
            prefixes[link.prefix] = link
            for name, local in link.imports.items():
                if imported.setdefault(local, (link.identity, name)) != (link.identity, name):
                    self._usage(f"imports {local!r} from two places; rename one by `as:`")
        for link in links:
            for name, local in link.imports.items():
                self._check_confusable(link, name, local, prefixes)

    def _check_confusable(
        self, link: Link, name: str, local: str, prefixes: Mapping[str, Link]
    ) -> None:
        """An import may not look like another specification's own name."""
        bare = local.removeprefix("@")
        prefix, split, rest = bare.partition("__")
        if split and prefix in prefixes and (
            prefixes[prefix] is not link or rest != name.removeprefix("@")
        ):  # fmt: skip
            self._usage(f"imports {name!r} as {local!r}, which looks like {prefix}'s own")
        elif local.startswith("@") and bare in prefixes:
            other = prefixes[bare]
            if other is not link or name.removeprefix("@") != link.name:
                self._usage(f"imports {name!r} as {local!r}, which is what {other.url} is called")

    def _usage(self, message: str) -> None:
        self._add("INVALID_LINK_DIRECTIVE_USAGE", message)

    def _add(self, code: str, text: str) -> None:
        message = f"Subgraph {self._subgraph!r} {text}."
        self._problems.add(code, message, (self._subgraph,))


def custom_links(names: Names) -> Iterator[Link]:
    """Links of specifications that are not known here."""
    for link in names.links:
        if _elements(link, names.minor) is None:
            yield link

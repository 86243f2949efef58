"""The data directory of an instance: where everything is, and what a first start puts there."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Sequence
from pathlib import Path

from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import Invalid, SettingsError
from c360_kernel.held_keys import lost, note_held, was_held
from c360_kernel.keyfile import secret_of
from c360_kernel.log.naming_keys import HeldKeys, key_missing
from c360_kernel.log.sqlite_identity import known_keys_in
from c360_kernel.log.topics import TRUTH
from c360_kernel.signed_note import NoteVerifier
from c360_kernel.signing import SigningKeys
from c360_kernel.sqlite_format import holds_rows

from c360_cli.naming import held_keys

_PROBE_DIGITS = 32
_AUDIT, _IDENTITY, _INSTANCE = "audit", "identity", "instance"
_NAMING = ("account", _AUDIT, _IDENTITY, _INSTANCE, "profile")
"""Keys under which something is named or signed that stays."""
# Commands put on record what they do before there is anything else, and need no key for it.
_LOOKS = "leaf WHERE principal NOT LIKE 'os:%'"
_TRUTH = f"entry WHERE topic IN ({','.join(repr(topic) for topic in TRUTH)})"
_logger = logging.getLogger(__name__)


class DataDirectory:
    """Paths below one directory. Secrets are files only their owner may read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalog = root / "catalog.yaml"
        self.log = root / "log" / "log.db"
        self._unfinished = root / "replay.unfinished"

    def require(self) -> None:
        """Refuse a directory that no instance was started in, or that is not whole."""
        self.refuse_unfinished()
        self.refuse_without_catalog()
        if not self.catalog.exists():
            raise SettingsError(
                f"{self.root} holds no instance: start one with `c360 up --data {self.root}`",
                code="DATA_DIRECTORY_EMPTY",
            )

    def refuse_without_catalog(self) -> None:
        """Refuse an instance whose catalog is gone; another would derive other customers."""
        if not self.catalog.exists() and self._holds_an_instance():
            source = f", from {self.catalog_in_force} if there is no other copy"
            raise SettingsError(
                f"{self.catalog} is gone: put it back"
                + (source if self.catalog_in_force.exists() else ""),
                code="CATALOG_MISSING",
            )

    def _holds_an_instance(self) -> bool:
        return self.log.exists() or any(self.root.glob("*.db"))

    def refuse_used(self) -> None:
        """Refuse a directory that holds an instance, whose keys and policy are nobody else's."""
        if self.catalog.exists():
            raise Invalid(
                f"{self.root} already holds an instance: name a new directory",
                code="TARGET_NOT_EMPTY",
            )

    def refuse_unfinished(self) -> None:
        """Refuse a directory that a replay was ended in before it was whole."""
        if self._unfinished.exists():
            raise SettingsError(
                f"a replay into {self.root} did not end: run the same `c360 replay --from` again,"
                " which goes on where it stood",
                code="REPLAY_UNFINISHED",
            )

    def begin_replay(self, log: str) -> None:
        """Mark this directory as being made from a log, or go on where that was ended early."""
        if not self._unfinished.exists():
            self.refuse_used()
            self.root.mkdir(parents=True, exist_ok=True)
            self._unfinished.write_text(log)
        elif self._unfinished.read_text() != log:
            self.refuse_unfinished()

    def end_replay(self) -> None:
        """It is whole."""
        self._unfinished.unlink()

    def store(self, service: str) -> Path:
        """The embedded store of a service."""
        return self.root / f"{service}.db"

    @property
    def catalog_in_force(self) -> Path:
        """The catalog that the running instance took last; what is being changed is `catalog`."""
        return self.root / "in-force" / "catalog.yaml"

    def catalog_state(self, part: str) -> Path:
        """What a running part says of the catalog while there is anything to say."""
        return self.root / "in-force" / f"{part}.json"

    def lock(self, part: str) -> Path:
        """The file that the process which runs a part of this instance holds."""
        return self.root / "locks" / f"{part}.lock"

    def key(self, name: str) -> bytes:
        """A secret of this instance, made when it is first asked for.

        Raises `SettingsError` (KEY_MISSING) rather than make one anew under which nothing that
        stands would be found again: what was named under the lost one would get another name.
        """
        path = self.root / "keys" / f"{name}.key"
        self._refuse_lost(path, name)
        secret = secret_of(path)
        note_held(path)
        return secret

    def _refuse_lost(self, path: Path, name: str) -> None:
        is_lost = was_held(path) or self._lost_all_keys()
        if path.exists():
            return
        held = [file for file, table in self._named_under(name) if holds_rows(file, table)]
        if held:
            raise SettingsError(
                f"{path} is gone, and {held[0]} was made under it: put the key back from a back-up",
                code="KEY_MISSING",
            )
        if is_lost and name in _NAMING:
            raise lost(path)
        if known_keys_in(self.log).get(name):
            raise key_missing(name)
        if is_lost:
            _logger.warning("%s was not there and is made anew, though there are stores", path)

    def _lost_all_keys(self) -> bool:
        """Whether this ran already, and has no key at all."""
        return self.catalog_in_force.exists() and not any((self.root / "keys").glob("*.key"))

    def _named_under(self, name: str) -> Sequence[tuple[Path, str]]:
        """What is here of what was named under a key, and the table that it is in."""
        if name == _IDENTITY:
            return (self.log, _TRUTH), (self.store(_IDENTITY), "record")
        if name == _AUDIT:
            return ((self.store(_AUDIT), "checkpoint"),)
        return ((self.store(_AUDIT), _LOOKS),) if name == _INSTANCE else ()

    def probe(self) -> str:
        """Tells the keys of this instance from those of another, and nothing else of them.

        Empty where `identity.key` is not held, as in the container of another service.
        """
        path = self.root / "keys" / f"{_IDENTITY}.key"
        return _probe(secret_of(path)) if path.exists() else ""

    def held(self) -> HeldKeys:
        """What the log is told of the keys that are here."""
        return held_keys(self.root / "keys")

    def subgraph_keys(self, service: str) -> SubgraphKeys:
        """The keys that sign and check caller contexts for one subgraph.

        While keys rotate, the key of before is accepted too, from `subgraph-NAME.previous.key`.
        """
        name = f"subgraph-{service}"
        active = [self.key(name)]
        if (self.root / "keys" / f"{name}.previous.key").exists():
            active.append(self.key(f"{name}.previous"))
        return SubgraphKeys(_kid(active[0]), {_kid(secret): secret for secret in active})

    def signing_keys(self, service: str) -> SigningKeys:
        """The keys that a service signs with, in `NAME.key`, and that it signed with before.

        While keys rotate, the one in `NAME.previous.key` signs too, and a new one may be made.
        Verifier keys of those that are gone are the lines of `NAME.retired`.
        """
        previous = f"{service}.previous"
        if not (self.root / "keys" / f"{previous}.key").exists():
            return SigningKeys((self.key(service),), self._retired(service))
        active = secret_of(self.root / "keys" / f"{service}.key")
        return SigningKeys((active, self.key(previous)), self._retired(service))

    def _retired(self, service: str) -> tuple[bytes, ...]:
        path = self.root / "keys" / f"{service}.retired"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return tuple(NoteVerifier.read(line).public for line in lines if line.strip())


def _probe(secret: bytes) -> str:
    return hmac.digest(secret, b"c360:instance", hashlib.sha256).hex()[:_PROBE_DIGITS]


def _kid(secret: bytes) -> str:
    """Names a key without telling anything of it."""
    return hashlib.blake2b(secret, digest_size=6, person=b"c360-kid").hexdigest()

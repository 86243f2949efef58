"""The data directory: keys that rotate, and files that are nobody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from c360_kernel.context import CallerContext, CallerRefused, UsedTokens, sign_context
from c360_kernel.context import verify_context as verify

from c360_cli.directory import DataDirectory

CALLER = CallerContext("ann", ("agent",))
BODY = b"{}"


def _used() -> UsedTokens:
    return UsedTokens(now_s=lambda: 0.0)


def test_while_keys_rotate_tokens_of_the_key_before_are_taken_and_the_new_one_signs(
    tmp_path: Path,
) -> None:
    directory = DataDirectory(tmp_path)
    old = directory.subgraph_keys("profile")
    before = sign_context(CALLER, "profile", BODY, old)
    keys = tmp_path / "keys"
    (keys / "subgraph-profile.key").rename(keys / "subgraph-profile.previous.key")
    rotated = directory.subgraph_keys("profile")
    assert rotated.current != old.current
    assert set(rotated.secrets) == {old.current, rotated.current}
    assert verify(before, "profile", BODY, rotated, _used()) == CALLER
    after = sign_context(CALLER, "profile", BODY, rotated)
    assert verify(after, "profile", BODY, rotated, _used()) == CALLER
    with pytest.raises(CallerRefused):
        verify(after, "profile", BODY, old, _used())


def test_once_the_key_before_is_removed_its_tokens_are_refused(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    before = sign_context(CALLER, "profile", BODY, directory.subgraph_keys("profile"))
    (tmp_path / "keys" / "subgraph-profile.key").unlink()
    with pytest.raises(CallerRefused):
        verify(before, "profile", BODY, directory.subgraph_keys("profile"), _used())


def test_subgraphs_have_keys_of_their_own(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    made = [directory.subgraph_keys(name) for name in ("identity", "profile", "segment")]
    assert len({keys.current for keys in made}) == 3


def test_whatever_a_command_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where the shell that calls it would let everybody read and write."""
    data = tmp_path / "data"
    script = (
        "import asyncio, os, sys; os.umask(0);"
        "from pathlib import Path; from c360_cli import main;"
        "from c360_cli.assembly import assemble; from c360_cli.projections.draining import drain\n"
        "def work():\n"
        " instance = assemble(Path(sys.argv[1])); log = instance.open_log()\n"
        " async def fill():\n"
        "  await drain(instance.services, log); await log.close()\n"
        " asyncio.run(fill())\n"
        "main.app = work; main.main()"
    )
    subprocess.run([sys.executable, "-c", script, str(data)], check=True)
    files = [data, *data.rglob("*")]
    assert any(one.suffix == ".db" for one in files)
    assert [one for one in files if one.stat().st_mode & 0o077] == []

"""What the demonstration says at its end can be typed as it stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from c360_cli.demo.invitation import invitation

SCRIPT = Path(sys.executable).with_name("c360")


@pytest.mark.parametrize("is_over", [True, False])
def test_its_commands_name_a_program_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_over: bool
) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT)])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    found = invitation(tmp_path / "my data", 8360, is_over)
    commands = [shlex.split(line) for line in found if line.startswith("  ")]
    assert {one[1] for one in commands} == ({"up", "token"} if is_over else {"token"})
    for words in commands:
        assert shutil.which(words[0]), words
        assert words[words.index("--data") + 1] == str(tmp_path / "my data")


def test_no_address_is_named_that_answers_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT)])
    assert "http://" not in "".join(invitation(Path("data"), 8360, True))
    assert "http://127.0.0.1:8360/graphql" in "".join(invitation(Path("data"), 8360, False))

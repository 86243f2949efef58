"""When a changed policy file is taken: whole, sealed or unchanged at two looks, written by us."""

import asyncio
import logging
import os
import stat
import time

import pytest
from c360_kernel.errors import SettingsError
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import Known
from c360_policy.reading.parsing import parse_policy
from c360_policy.reading.seal import check_seal, is_sealed, seal_problems, sealed
from c360_policy.rule import DENY_ALL
from c360_policy.store import files
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.shipped import (
    MODEL_FILE,
    POLICY_FILE,
    ROWS_FILE,
    copy_default_policy,
    policy_text,
)
from c360_policy.store.versions import VersionFiles, replace_whole
from hypothesis import given, settings
from hypothesis import strategies as st

GRANT = "p, agent, *, read, , allow, *, , , granted\n"
DENY = "p, agent, tag:phone, read, , deny, *, , , denied\n"
OTHER = "p, agent, tag:email, read, , deny, *, , , other\n"
KNOWN = Known({f"Profile.{tag}": frozenset({tag}) for tag in ("phone", "email")})
LOOK_S = 0.5
IN_FORCE_WITHIN_S = 3.0


class Watched:
    """A store over a directory, and its watcher's looks in a time of our own."""

    def __init__(self, root, text=GRANT):
        self.directory = root / "policy"
        copy_default_policy(self.directory)
        (self.directory / ROWS_FILE).unlink()
        self.file = self.directory / POLICY_FILE
        self.file.write_text(text)
        self.kept = root / "kept"
        self.now_s, self.known = 0.0, KNOWN
        self.store = self.opened()

    def opened(self):
        return FilePolicyStore(
            self.directory, VersionFiles(self.kept), lambda: self.known, lambda: self.now_s
        )

    def look(self, times=1):
        for _ in range(times):
            self.now_s += LOOK_S
            self.store.refresh()
        return [rule.rule_id for rule in self.store.current().rules]

    def write(self, text):
        """As a program that writes in place."""
        data = text if isinstance(text, bytes) else text.encode()
        before = self.file.stat().st_mtime_ns
        self.file.write_bytes(data)
        os.utime(self.file, ns=(0, before + 1_000_000))

    def settle(self):
        return self.look(round(IN_FORCE_WITHIN_S / LOOK_S))


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_an_edited_file_is_taken_once_it_is_unchanged_within_three_seconds(watched):
    watched.write(GRANT + DENY)
    assert watched.look(2) == ["granted"]
    assert watched.settle() == ["granted", "denied"]


def test_a_file_that_is_still_being_written_is_not_taken(watched):
    text = DENY + OTHER + GRANT
    for end in range(0, len(text), 10):
        watched.write(text[:end])
        assert watched.look(2) == ["granted"]
    watched.write(text)
    assert watched.settle() == ["denied", "other", "granted"]


def test_a_published_file_is_taken_at_the_next_look(watched):
    replace_whole(watched.file, sealed(GRANT + DENY))
    assert watched.look() == ["granted", "denied"]


@pytest.mark.parametrize("body", [GRANT + DENY, GRANT + DENY.strip(), "", "# ü\r\n" + GRANT])
def test_a_seal_is_the_hash_of_everything_before_it(body):
    text = sealed(body)
    check_seal(text)
    assert is_sealed(text) and sealed(text) == text
    assert text.startswith(body)
    assert parse_policy(text).version == parse_policy(body).version
    check_seal(text.removesuffix("\n"))


def test_a_text_is_sealed_by_one_line_more_and_never_over_a_wrong_seal():
    for body in (GRANT, GRANT.strip(), "", "# one\n\n"):
        *before, last = sealed(body).split("\n")[:-1]
        assert before == (body.removesuffix("\n").split("\n") if body else [])
        assert last.startswith("# end ")
    wrong = sealed(GRANT).replace("agent", "agents")
    for requests in (sealed, check_seal):
        with pytest.raises(PolicyInvalid, match="line 2: the end line does not match"):
            requests(wrong)


def test_what_is_wrong_with_a_seal_is_told_by_its_line():
    text = sealed(GRANT + DENY)
    for body, lines in (
        (text, []),
        (text.replace("denied", "x"), [3]),
        (f"{text}{OTHER}", [4]),
        (f"{text}\n", [4]),
        (f"{GRANT}# end 0\n{text}", [2, 5]),
    ):
        assert [problem.line for problem in seal_problems(body)] == lines


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 400), put=st.sampled_from(("", "x", " ", "\n", "#", "\r")))
def test_a_sealed_text_that_was_changed_is_refused_or_denies_the_same(place, put):
    text = sealed(GRANT + DENY)
    changed = text[:place] + put + text[place + 1 :]
    try:
        denials = [rule for rule in parse_policy(changed).rules if rule.effect == "deny"]
    except PolicyInvalid:
        return
    assert [(rule.role, rule.obj, rule.purpose) for rule in denials] == [
        ("agent", "tag:phone", "*")
    ]


@pytest.mark.parametrize("after", [DENY, "\n", "# more\n", " ", "\ufeff"])
def test_nothing_follows_the_seal(after):
    with pytest.raises(PolicyInvalid):
        parse_policy(sealed(GRANT) + after)


@pytest.mark.parametrize("comment", ["# end", "# end of the support rules", "# ended 2026"])
def test_a_comment_about_an_end_is_no_seal(comment):
    assert parse_policy(f"{comment}\n{GRANT}").rules


def test_no_half_written_copy_of_a_published_file_loses_a_deny(tmp_path):
    """Every cut of it, left lying as it is: the policy stays what it was, or means the same."""
    whole = sealed(GRANT + DENY + OTHER)
    watched = Watched(tmp_path, whole)
    for cut in range(len(whole)):
        watched.write(whole[:cut])
        assert watched.look(5) == ["granted", "denied", "other"], whole[:cut]
        watched.write(whole)
        watched.look()


def test_whoever_goes_back_to_a_policy_that_was_in_force_may(watched):
    replace_whole(watched.file, sealed(GRANT + DENY))
    assert watched.look() == ["granted", "denied"]
    watched.write(GRANT)
    assert watched.settle() == ["granted"]


def test_what_the_start_finds_is_taken_as_it_is(tmp_path):
    assert Watched(tmp_path, GRANT + DENY).look() == ["granted", "denied"]
    with pytest.raises(PolicyInvalid, match="end line"):
        Watched(tmp_path / "other", sealed(GRANT + DENY)[:-9])


def test_a_refused_change_is_told_once_and_the_good_one_stays(watched, caplog):
    watched.write(GRANT + "P, agent, tag:phone, read, , deny, *, , , lost\n")
    with caplog.at_level(logging.ERROR):
        assert watched.settle() == ["granted"]
    assert caplog.text.count("policy kept") == 1
    assert "POLICY_INVALID: line 2" in caplog.text


def test_a_deny_that_nobody_knows_is_taken_as_soon_as_somebody_does(watched, caplog):
    coordinates = {"Profile.name": frozenset({"name"})}
    watched.known = Known(coordinates)
    watched.write(GRANT + DENY)
    assert watched.settle() == ["granted"]
    assert "no tag 'phone'" in caplog.text
    watched.known = Known({**coordinates, "Profile.phone": frozenset({"phone"})})
    assert watched.look() == ["granted", "denied"]


def test_an_allow_that_nobody_knows_is_warned_of(watched, caplog):
    watched.known = Known({"Profile.name": frozenset({"name"})})
    watched.write(GRANT + DENY.replace("deny", "allow"))
    assert watched.settle() == ["granted", "denied"]
    assert caplog.text.count("no tag 'phone'") == 1


@pytest.mark.parametrize("name", [POLICY_FILE, MODEL_FILE])
def test_a_file_that_others_may_write_stops_the_start_and_is_not_taken_later(watched, caplog, name):
    (watched.directory / name).chmod(0o666)
    with pytest.raises(SettingsError) as refused:
        watched.opened()
    assert refused.value.code == "FILE_EXPOSED"
    watched.write(GRANT + DENY)
    assert watched.settle() == ["granted"]
    assert "FILE_EXPOSED" in caplog.text
    (watched.directory / name).chmod(0o644)
    assert watched.settle() == ["granted", "denied"]


def test_a_directory_that_others_may_write_stops_the_start(watched):
    watched.directory.chmod(0o777)
    with pytest.raises(SettingsError) as refused:
        watched.opened()
    assert refused.value.code == "FILE_EXPOSED"


def test_a_directory_that_others_may_write_holds_a_change_back_until_they_may_not(watched, caplog):
    watched.directory.chmod(0o777)
    watched.write(GRANT + DENY)
    assert watched.settle() == ["granted"]
    assert caplog.text.count("FILE_EXPOSED") == 1
    watched.directory.chmod(0o755)
    assert watched.settle() == ["granted", "denied"]


def test_what_seeds_a_database_is_looked_at_alike(watched):
    assert policy_text(watched.directory) == GRANT
    watched.file.chmod(0o666)
    with pytest.raises(SettingsError):
        policy_text(watched.directory)


def test_every_version_that_was_in_force_can_be_read_again(watched):
    texts = [GRANT, sealed(GRANT + DENY), GRANT + OTHER]
    for text in texts[1:]:
        watched.write(text)
        watched.settle()
    watched.write(GRANT + "P, refused")
    watched.settle()
    kept = {file.name: file.read_text() for file in watched.kept.iterdir()}
    assert kept == {f"{parse_policy(text).version}.csv": text for text in texts}
    modes = {stat.S_IMODE(file.stat().st_mode) for file in watched.kept.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(watched.kept.stat().st_mode) == 0o700


def test_what_no_schema_was_there_for_was_never_in_force(watched):
    watched.known = Known()
    replace_whole(watched.file, sealed(GRANT + DENY))
    assert watched.look() == ["granted", "denied"]
    assert len(list(watched.kept.iterdir())) == 1
    watched.known = KNOWN
    watched.look()
    assert len(list(watched.kept.iterdir())) == 2


def test_a_version_is_written_once(tmp_path):
    versions = VersionFiles(tmp_path / "kept")
    versions.keep("v", GRANT)
    versions.keep("v", DENY)
    assert [file.read_text() for file in (tmp_path / "kept").iterdir()] == [GRANT]


def test_a_record_that_cannot_be_kept_is_told_and_the_policy_holds(tmp_path, caplog):
    (tmp_path / "kept").write_text("in the way")
    assert Watched(tmp_path).look() == ["granted"]
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize(
    ("mode", "then"), [(0o640, 0o640), (0o644, 0o644), (0o666, 0o664), (0o777, 0o775)]
)
def test_replacing_leaves_nothing_beside_and_the_mode_but_for_others_writing(watched, mode, then):
    watched.file.chmod(mode)
    before = sorted(watched.directory.iterdir())
    replace_whole(watched.file, GRANT)
    assert sorted(watched.directory.iterdir()) == before
    assert stat.S_IMODE(watched.file.stat().st_mode) == then


def test_what_cannot_be_replaced_stays_and_leaves_nothing_beside(tmp_path):
    target = tmp_path / "in the way"
    target.mkdir()
    with pytest.raises(OSError):
        replace_whole(target, GRANT)
    assert list(tmp_path.iterdir()) == [target]


def test_what_replaces_a_file_belongs_to_whom_it_belonged(watched, monkeypatch):
    calls, was = [], watched.file.stat()

    def chown(_, *owner):
        calls.append(owner)
        raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    replace_whole(watched.file, GRANT + DENY)
    assert calls == [(was.st_uid, was.st_gid)]
    assert watched.file.read_text() == GRANT + DENY


def test_a_file_is_on_the_disk_before_its_name_is_and_then_its_name_too(tmp_path, monkeypatch):
    synced, used, fsync, target = [], [], os.fsync, tmp_path / POLICY_FILE

    def noted(descriptor):
        used.append(descriptor)
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(("directory" if is_directory else "file", target.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    replace_whole(target, GRANT)
    assert synced == [("file", False), ("directory", True)]
    for descriptor in used:
        with pytest.raises(OSError):
            os.fstat(descriptor)


def test_what_is_gone_denies_at_once_and_counts_again_when_it_is_back(watched, caplog):
    assert watched.store.answers()
    watched.file.unlink()
    watched.look(3)
    assert watched.store.current() is DENY_ALL
    assert not watched.store.answers()
    assert caplog.text.count("everything is denied") == 1
    watched.file.write_text(sealed(GRANT))
    assert watched.look() == ["granted"]
    assert watched.store.answers()


def test_without_a_policy_at_the_start_everything_is_denied_aloud(watched, caplog):
    watched.file.unlink()
    store = watched.opened()
    assert store.current() is DENY_ALL
    assert caplog.text.count("everything is denied") == 1


def test_whoever_asks_looks_by_itself_where_nobody_looked_for_a_second(watched):
    replace_whole(watched.file, sealed(GRANT + DENY))
    watched.now_s += 0.9
    assert len(watched.store.current().rules) == 1
    watched.now_s += 0.1
    assert len(watched.store.current().rules) == 2


def test_the_log_tells_of_a_policy_once(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        watched = Watched(tmp_path, "# nothing yet\n")
        watched.known = Known(dict(KNOWN.coordinates))
        watched.look()
        assert caplog.text.count("policy read") == 1
        replace_whole(watched.file, sealed(GRANT))
        watched.look(2)
        replace_whole(watched.file, sealed("# only a comment\n" + GRANT))
        watched.look(2)
        assert caplog.text.count("policy read") == 2
        assert parse_policy(GRANT).version in caplog.text


async def test_the_files_are_looked_at_now_and_then_and_not_all_the_time(watched, monkeypatch):
    looks = []
    monkeypatch.setattr(files, "_WATCH_S", 0.02)
    monkeypatch.setattr(watched.store, "refresh", lambda: looks.append(1))
    watching = asyncio.create_task(watched.store.watch())
    began = time.monotonic()
    while not looks or time.monotonic() - began < 0.1:
        await asyncio.sleep(0.01)
    most = (time.monotonic() - began) / 0.02 + 1
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert len(looks) <= most

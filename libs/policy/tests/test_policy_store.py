"""A policy that cannot be read denies; one that turned wrong is refused and the good one stays."""

import logging
import os
from importlib import metadata

import pytest
from c360_kernel.errors import SettingsError
from c360_policy import casbin as casbin_files
from c360_policy.errors import PolicyInvalid
from c360_policy.rule import DENY_ALL
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy
from c360_policy.store.versions import VersionFiles

LINE = "p, agent, *, read, , allow, *, , , r1\n"
MASKED = "p, agent, tag:phone, read, partial(3, 4, 4), allow, *, , , r2\n"


@pytest.fixture
def directory(tmp_path):
    copy_default_policy(tmp_path)
    (tmp_path / POLICY_FILE).write_text(LINE + MASKED)
    return tmp_path


class Clock:
    """Time that goes on by a minute at every look, so that nothing is still being written."""

    def __init__(self, step_s=60.0):
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self):
        self.now_s += self.step_s
        return self.now_s


@pytest.fixture
def opened(tmp_path):
    def open_store(directory=tmp_path, now_s=None, **parts):
        versions = VersionFiles(tmp_path / "versions")
        return FilePolicyStore(directory, versions, now_s=now_s or Clock(), **parts)

    return open_store


def rewrite(directory, text):
    file = directory / POLICY_FILE
    file.write_text(text)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000))


def seen(store):
    """The policy once it was looked at twice."""
    store.refresh()
    return store.current()


def test_a_mask_with_commas_survives_the_csv(directory, opened):
    assert [str(rule.mask) for rule in opened().current().rules] == [
        "None",
        "partial(3,4,4)",
    ]


def test_a_changed_file_is_a_new_version_and_the_old_text_the_old_one(directory, opened):
    store = opened()
    first = seen(store).version
    rewrite(directory, LINE)
    assert seen(store).version != first
    rewrite(directory, MASKED + "# a comment\n" + LINE)
    assert seen(store).version == first


def test_a_policy_that_is_gone_or_empty_denies_everything(directory, opened):
    store = opened()
    (directory / POLICY_FILE).unlink()
    assert seen(store) is DENY_ALL
    rewrite(directory, "")
    assert seen(store).rules == ()
    rewrite(directory, LINE)
    assert len(seen(store).rules) == 1


def test_a_policy_missing_at_start_denies_everything(tmp_path, opened):
    assert opened(tmp_path / "empty").current() is DENY_ALL


def test_a_wrong_change_is_refused_and_the_good_policy_stays(directory, opened, caplog):
    store = opened()
    good = store.current()
    rewrite(directory, "p, agent, *, raed, , allow, *, , , r1\n")
    with caplog.at_level(logging.ERROR):
        assert seen(store) is good
    assert "act is one of" in caplog.text


@pytest.mark.parametrize("text", ["p, agent\n", "p, agent)), *, read, , allow, *, , , r1\n"])
def test_a_wrong_policy_at_start_is_refused(directory, opened, text):
    rewrite(directory, text)
    with pytest.raises(PolicyInvalid):
        opened()


def test_a_model_of_ones_own_is_refused(directory, opened):
    model = directory / "model.conf"
    model.write_text(model.read_text().replace("&& !some(where (p.eft == deny))", ""))
    with pytest.raises(PolicyInvalid, match="model"):
        opened()


def test_casbin_beside_pycasbin_stops_the_start(monkeypatch):
    casbin_files.refuse_rival_distribution()
    monkeypatch.setattr(metadata, "distribution", lambda name: name)
    with pytest.raises(SettingsError, match="pycasbin"):
        casbin_files.refuse_rival_distribution()


def test_casbin_logs_no_request(opened, directory, caplog):
    policy = opened().current()
    with caplog.at_level(logging.DEBUG):
        enforcer = casbin_files.enforcer_for(policy, "", 0.0)
        enforcer.enforce("nobody", "13800138000", "", "read", "")
    assert "13800138000" not in caplog.text

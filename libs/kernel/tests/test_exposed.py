"""Files that decide who sees what are refused when others may write them."""

import logging

import pytest
from c360_kernel.catalog import CatalogError, copy_default_catalog, load_catalog
from c360_kernel.errors import SettingsError
from c360_kernel.exposed import refuse_exposed


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    file = folder / "policy.csv"
    file.touch(mode=0o644)
    return file


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o644, 0o664, 0o660, 0o755])
def test_a_file_that_others_may_read_is_taken(file, mode):
    file.chmod(mode)
    refuse_exposed(file)


@pytest.mark.parametrize("mode", [0o666, 0o602, 0o646, 0o777])
def test_a_file_that_others_may_write_is_refused(file, mode):
    file.chmod(mode)
    with pytest.raises(SettingsError, match=r"policy\.csv is open to others") as refused:
        refuse_exposed(file)
    assert refused.value.code == "FILE_EXPOSED"


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o733])
def test_a_directory_where_others_may_put_another_file_is_refused(file, mode):
    file.parent.chmod(mode)
    with pytest.raises(SettingsError, match="in a directory"):
        refuse_exposed(file)


def test_in_a_sticky_directory_nobody_replaces_anothers_file(file):
    file.parent.chmod(0o1777)
    refuse_exposed(file)


def test_a_link_is_as_exposed_as_what_it_leads_to(file, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    refuse_exposed(link)
    file.parent.chmod(0o777)
    with pytest.raises(SettingsError):
        refuse_exposed(link)


@pytest.mark.parametrize("exposed", ["file", "folder"])
def test_what_the_group_may_write_is_warned_of(file, exposed, caplog):
    (file if exposed == "file" else file.parent).chmod(0o775)
    with caplog.at_level(logging.WARNING):
        refuse_exposed(file)
    assert "written by its group" in caplog.text


def test_what_is_read_only_here_cannot_be_written_whatever_its_mode(file, monkeypatch):
    """As ConfigMaps are mounted: a directory of mode 0777 on a file system without writing."""
    file.parent.chmod(0o777)
    monkeypatch.setattr("c360_kernel.exposed._read_only", lambda path: True)
    refuse_exposed(file)


def test_a_catalog_that_others_may_write_is_not_loaded(tmp_path):
    catalog = copy_default_catalog(tmp_path)
    assert load_catalog(catalog).traits
    catalog.chmod(0o666)
    with pytest.raises(SettingsError) as refused:
        load_catalog(catalog)
    assert refused.value.code == "FILE_EXPOSED"


def test_a_catalog_that_is_not_there_is_told_as_before(tmp_path):
    with pytest.raises(CatalogError):
        load_catalog(tmp_path / "catalog.yaml")

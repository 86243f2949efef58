"""A policy that was in force is not followed by the one that ships because its file is lost."""

import pytest
from c360_kernel.errors import SettingsError
from c360_policy.store.shipped import policy_text


@pytest.mark.parametrize("name", ["policy.csv", "rows.yaml"])
async def test_what_is_gone_is_asked_for(make_world, tmp_path, name):
    world = await make_world()
    world.publish(policy_text(world.settings.policy_directory))
    file, aside = world.settings.policy_directory / name, tmp_path / "aside"
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(SettingsError, match=f"{name} is gone") as lost:
            type(world)(world.directory)
        assert lost.value.code == "POLICY_MISSING"
    assert not file.exists()
    aside.rename(file)
    assert type(world)(world.directory).gateway

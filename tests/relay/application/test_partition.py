"""A publisher whose network is cut: sends go on as before, and all of them arrive afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.partitions import may_make_networks, partitioned

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_a_partition_of_30_seconds_loses_nothing(tmp_path: Path) -> None:
    if not may_make_networks():
        pytest.skip("this user may not create network namespaces")

    found = partitioned(tmp_path, seconds=30, sends=100)

    assert found.sent > 1000
    assert found.lost == 0

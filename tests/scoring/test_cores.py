import os

import pytest

from searchrerank.scoring import cores


@pytest.mark.parametrize(
    ("group", "files", "quota"),
    [
        # Version 2: in a container, in a systemd slice, with the parent's limit the tighter, without one.
        ("0::/", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/system.slice/a.service", {"system.slice/a.service/cpu.max": "400000 100000\n"}, 4),
        ("0::/a/b", {"a/b/cpu.max": "800000 100000\n", "a/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/", {"cpu.max": "max 100000\n"}, float("inf")),
        ("0::/not/mounted/here", {"cpu.max": "200000 100000\n"}, 2),
        # Version 1.
        ("4:cpu,cpuacct:/docker/x", {"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ("4:cpu:/", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, float("inf")),
        ("5:memory:/", {"cpu.max": "100000 100000\n"}, float("inf")),
    ],
)
def test_quota(tmp_path, group, files, quota):
    for path, text in (
        {"proc/self/cgroup": f"{group}\n"} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    ).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert cores.quota(tmp_path) == quota


def test_without_control_groups(tmp_path):
    assert cores.quota(tmp_path) == float("inf")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="placement is Linux's")
def test_the_placement_of_the_process_counts():
    allowed = os.sched_getaffinity(0)
    assert 1 <= cores.available() <= len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores.available() == 1
    finally:
        os.sched_setaffinity(0, allowed)

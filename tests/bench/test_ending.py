"""However a run ends, the programs that it started end with it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are found in Linux's /proc")


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_nothing_running(name, tmp_path):
    command = [sys.executable, "-m", "searchrerank", "bench", "proxy", "--quick", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while len(started := children(run.pid)) < 2:
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run.send_signal(name)
        assert run.wait(30) != 0
    assert not [each for each in started if Path(f"/proc/{each}").exists()]

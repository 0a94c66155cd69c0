"""What is given back to the system."""

import mmap
from pathlib import Path

from searchrerank.scoring.memory import forget_mapped


def resident(path: Path) -> int:
    """Kilobytes of the file in this process's memory (proc_pid_smaps(5))."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    [at] = [number for number, line in enumerate(lines) if line.endswith(str(path))]
    return next(int(line.split()[1]) for line in lines[at:] if line.startswith("Rss:"))


def test_what_was_read_of_a_mapped_file_is_forgotten_and_read_again(tmp_path):
    content = bytes(range(256)) * 4096
    (tmp_path / "weights").write_bytes(content)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "others").write_bytes(content)
    with (tmp_path / "weights").open("rb") as weights, (tmp_path / "elsewhere" / "others").open("rb") as others:
        mapped, other = (mmap.mmap(each.fileno(), 0, access=mmap.ACCESS_READ) for each in (weights, others))
    assert mapped[:] == other[:] == content
    assert resident(tmp_path / "weights") == resident(tmp_path / "elsewhere" / "others") == 1024
    forget_mapped(tmp_path)
    assert resident(tmp_path / "weights") == 0
    assert resident(tmp_path / "elsewhere" / "others") == 1024
    assert mapped[:] == content


def test_what_was_written_stays(tmp_path):
    (tmp_path / "file").write_bytes(bytes(4096))
    with (tmp_path / "file").open("rb") as file:
        copied = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    copied[:5] = b"mine!"
    forget_mapped(tmp_path)
    assert copied[:5] == b"mine!"

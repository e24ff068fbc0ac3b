"""What containers leave of memory: groups of both versions, as files in a folder of our own."""

from pathlib import Path

import pytest

from vfi.cgroups import free_in_groups
from vfi.memory import free_memory

GIB = 1 << 30


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


def machine(available: int) -> dict[str, str]:
    return {"proc/meminfo": f"MemTotal: 1 kB\nMemAvailable:   {available >> 10} kB\n"}


def test_version_2_is_as_much_as_the_narrowest_group_leaves(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n",
            "sys/fs/cgroup/outer/inner/memory.current": f"{GIB}\n",
            "sys/fs/cgroup/outer/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/outer/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/outer/memory.stat": f"anon 5\ninactive_file {GIB}\n",
        }
        | machine(64 * GIB),
    )
    assert free_in_groups(root) == 2 * GIB  # what is cached is given back
    assert free_memory(root) == 2 * GIB


def test_version_1(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "7:cpu,cpuacct:/a\n4:memory:/a\n",
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{3 * GIB}",
            "sys/fs/cgroup/memory/a/memory.usage_in_bytes": f"{GIB}",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}",
        },
    )
    assert free_memory(root) == free_in_groups(root) == 2 * GIB


def test_in_a_container_only_the_topmost_folder_is_seen(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/../../docker/1f\n",
            "sys/fs/cgroup/memory.max": f"{GIB}\n",
            "sys/fs/cgroup/memory.current": f"{2 * GIB}\n",
        },
    )
    assert free_in_groups(root) == 0


@pytest.mark.parametrize("text", ["", "0::/\n", "nonsense\n", "1:memory\n"])
def test_nothing_known_limits_nothing(tmp_path: Path, text: str) -> None:
    root = write(tmp_path, {"proc/self/cgroup": text} | machine(5 * GIB))
    assert free_in_groups(root) is None
    assert free_memory(root) == 5 * GIB

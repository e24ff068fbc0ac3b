"""`make gpu` without a card: the program itself, its page, and when it insists."""

from pathlib import Path

import pytest
import torch

from benchmarks import gpu, gpu_checks
from benchmarks.gpu import Findings, document, main, missing
from benchmarks.gpu_checks import checks
from benchmarks.gpu_speed import OperatorRow
from vfi.models.ops import correlation

CPU = torch.device("cpu")


def test_checks_hold_of_the_compiled_kernels_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same checks, of numba's kernels: odd, even and tiny sizes, all types, both layouts."""
    monkeypatch.setattr(gpu_checks, "SIZES", ((5, 8), (1, 1)))
    found = Findings(CPU, small=True)
    monkeypatch.setattr(
        gpu, "checks", lambda device: [c for c in checks(device) if "network" not in c[0]]
    )
    gpu.run_checks(found)
    assert found.failed == found.left_out == []
    assert len(found.held) == 4 * 6 + 2


def test_a_wrong_operator_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(
        one: torch.Tensor, two: torch.Tensor, radius: int, backend: str | None
    ) -> torch.Tensor:
        made = correlation(one, two, radius, backend=backend)
        return made if backend else made * 1.01

    monkeypatch.setattr(gpu_checks, "correlation", wrong)
    monkeypatch.setattr(gpu_checks, "SIZES", ((5, 8),))
    with pytest.raises(AssertionError, match="of the largest number"):
        dict(checks(CPU))["cost volume, float32, forward and backward"](CPU)


def test_what_only_a_gpu_has_is_asked_of_a_gpu() -> None:
    names = {name for name, _ in checks(torch.device("cuda"))}
    assert len(names - {name for name, _ in checks(CPU)}) == 3


def test_failures_and_what_is_left_out_are_told() -> None:
    found = Findings(CPU, small=True)

    def fails() -> None:
        raise AssertionError("off by 2")

    def lacks() -> None:
        raise ImportError("no PyAV")

    found.attempt("a", fails)
    found.attempt("b", lacks)
    found.began -= 10_000
    found.attempt("c", lambda: None)
    page = document(found)
    assert "- a: AssertionError: off by 2" in page
    assert "- b: no PyAV" in page
    assert "- c: no time was left" in page
    assert "no card" in page


def test_a_row_says_how_far_it_is_from_its_bytes() -> None:
    row = OperatorRow("splatting", seconds=0.003, floor=0.002)
    assert "| splatting | 3 | 2 | 1.50 |" in gpu._operator_table([row])


def test_without_a_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert missing(torch.device("cuda")) == "there is no CUDA device"
    out = tmp_path / "gpu.md"
    monkeypatch.delenv("VFI_REQUIRE_CUDA", raising=False)
    assert main(["--out", str(out)]) == 0
    monkeypatch.setenv("VFI_REQUIRE_CUDA", "1")
    assert main(["--out", str(out)]) == 1
    assert not out.exists()


def test_the_page_says_that_it_has_not_been_run_or_on_which_card() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "gpu.md").read_text()
    assert page == document(None) or "Run on " in page

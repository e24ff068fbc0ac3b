"""The settings of a training run, as a file in `configs/training/` holds them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..assets import asset_folder
from ..errors import InputError, UsageError
from ..models.settings import from_settings
from ..settings_files import read_yaml

Layout = Literal["clips", "vimeo90k-triplet", "vimeo90k-septuplet", "x4k1000fps"]


@dataclass(frozen=True)
class DataConfig:
    """Where samples come from."""

    clips: str = "../shared/corpus"  # the folder
    layout: Layout = "clips"  # what is in it: video clips, or a data set of pictures
    store: str = ".cache/corpus"  # where the decoded frames of clips are kept
    validation: str = "../shared/validation"  # clips that are measured on, never trained on
    validation_store: str = ".cache/validation"
    validation_triplets: int = 20  # of each gap, spread over the clips; 0 measures all
    crop: int = 160  # pixels each way
    synthetic: float = 0.25  # share of batches that are synthetic scenes
    triplets: float = 0.6  # share of windows with t = 1/2
    most_span: int = 8  # data sets of pictures: most steps between a window's outer frames
    enlarge: float = 0.0  # share of windows enlarged, up to twice
    soften: float = 0.0  # share of windows blurred, all frames alike
    damage: float = 0.0  # share of windows with JPEG artefacts, all frames alike
    margin: int = 0  # pixels inside a crop's border that no loss and no figure looks at
    windows: int = 0  # clips: how many different windows are drawn; 0: no end of them
    flows: str = ""  # where these windows' classical flow is kept; "": measured every time
    held_out: int = 0  # every so many-th clip is not trained on, but measured; 0: none
    workers: int = 1

    def __post_init__(self) -> None:
        for name in ("synthetic", "triplets", "enlarge", "soften", "damage"):
            _require(self, name, 0 <= getattr(self, name) <= 1, "a share in 0..1")
        for name in ("validation_triplets", "workers", "margin", "windows"):
            _require(self, name, getattr(self, name) >= 0, "0 or more")
        _require(self, "crop", self.crop >= 16, "16 pixels or more")
        _require(self, "margin", 2 * self.margin < self.crop, "less than half of the crop")
        _require(self, "held_out", self.held_out == 0 or self.held_out > 1, "0, or 2 or more")


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up and a cosine to `final`; EMA of the weights."""

    rate: float = 4e-4
    final: float = 1e-5
    warmup: int = 300  # steps
    weight_decay: float = 1e-4
    clip: float = 1.0  # the gradient's norm
    ema: float = 0.999
    accumulate: int = 1  # batches a step

    def __post_init__(self) -> None:
        _require(self, "accumulate", self.accumulate >= 1, "1 or more")
        _require(self, "ema", 0 <= self.ema < 1, "0 or more and below 1")
        for name in ("rate", "clip"):
            _require(self, name, getattr(self, name) > 0, "above 0")


@dataclass(frozen=True)
class LossConfig:
    """Weights of the terms."""

    frame: float = 1.0  # Laplacian pyramid, of the result
    square: float = 0.0  # mean squared error of the result: what PSNR counts
    blend: float = 0.3  # Laplacian pyramid, of the splatted pictures' blend: flow and Z learn on
    flow: float = 0.02  # end-point error, on synthetic scenes
    relative: bool = False  # frame, square and blend by their logarithm: every sample counts alike
    perceptual: float = 0.0  # distance of trained features, of the result
    features: str = ""  # the model, or a file of weights, whose flow network's features those are

    def __post_init__(self) -> None:
        _require(self, "features", not self.perceptual or bool(self.features), "a model's name")


@dataclass(frozen=True)
class TrainingConfig:
    """One run.

    `stage` "flow" trains the flow alone, on the exact flows of synthetic scenes and on DIS flows
    of real windows; "frame" trains the whole. "features", before both, makes the published network
    begin with the flow of a small one: its decoders take over what that one's does, and its
    features are taught to be that one's.
    """

    name: str
    model: str
    stage: Literal["features", "flow", "frame"] = "frame"
    teacher: str = ""  # features stage: the small model, or a file of its weights
    finest: int = 0  # flow stage: finer levels than 1/2**finest wait; 0 trains all that there are
    parts: tuple[str, ...] = ()  # the only parts that learn, as ["residual.context"]; () is all
    start: str = ""  # weights (or a checkpoint) to start from
    skip_prefixes: tuple[str, ...] = ()  # beginnings of names that are not taken from there
    steps: int = 10_000
    batch: int = 8
    seed: int = 1
    precision: Literal["fp32", "bf16", "auto"] = "fp32"  # auto: bf16 where the processor has it
    validate_every: int = 1000  # steps; 0 is at the end alone
    save_every: int = 200  # the same
    data: DataConfig = field(default_factory=DataConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    loss: LossConfig = field(default_factory=LossConfig)

    def __post_init__(self) -> None:
        _require(self, "teacher", self.stage != "features" or bool(self.teacher), "a model's name")
        for name in ("steps", "batch"):
            _require(self, name, getattr(self, name) >= 1, "1 or more")
        for name in ("validate_every", "save_every", "seed"):
            _require(self, name, getattr(self, name) >= 0, "0 or more")


def _require(settings: Any, name: str, holds: bool, wanted: str) -> None:
    if not holds:
        raise ValueError(f"setting {name!r} is {wanted}, not {getattr(settings, name)!r}")


def read_config(path: str | Path, **changes: Any) -> TrainingConfig:
    """Read a training configuration: a file, or the name of one in `configs/training/`.

    Raises:
        UsageError: no such file.
        InputError: it is no YAML, or has settings that do not exist.
    """
    file = Path(path)
    if not file.is_file():
        file = asset_folder("configs/training") / f"{path}.yaml"
    if not file.is_file():
        raise UsageError(f"no training configuration {path}: give a YAML file")
    settings = read_yaml(file) or {}
    try:
        return from_settings(TrainingConfig, {"name": file.stem, **settings, **changes})
    except (ValueError, TypeError) as error:
        raise InputError(f"{file}: {' '.join(str(error).split())}") from error

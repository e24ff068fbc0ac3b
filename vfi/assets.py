"""Where the packaged files (configs, weights) lie."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def asset_folder(kind: str) -> Path:
    """Return the folder `kind`, as in ``asset_folder("configs/models")``.

    A wheel holds these folders inside the package; a checkout or an editable install has them
    beside it.
    """
    inside = PACKAGE / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind


def asset_names(kind: str, suffix: str) -> list[str]:
    """Return the names (without `suffix`) of the files in a packaged folder, sorted."""
    return sorted(path.name.removesuffix(suffix) for path in asset_folder(kind).glob(f"*{suffix}"))

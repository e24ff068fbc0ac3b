"""Files that were dropped on the page: copied into a folder of their own, whole or not at all."""

import re
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ..errors import InputError, VfiError
from ..media.output import replacing
from ..media.pictures.images import IMAGE_SUFFIXES
from ..media.suffixes import VIDEO_SUFFIXES
from .telling import said_of

FOLDER = "uploads"
_STRANGE = re.compile(r"[^\w.,+() -]")  # letters and digits of any script are not
LONGEST = 100  # characters of a name


class Uploads:
    """The folder into which they are copied; it is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def answer(self, request: Request) -> Response:
        """Take a file; its name is the last part of the address, its place is the answer."""
        try:
            place = self._free(safe_name(request.path_params["name"]))
            self.folder.mkdir(exist_ok=True)
            with replacing(place) as temporary, temporary.open("wb") as file:
                async for piece in request.stream():
                    file.write(piece)
        except (VfiError, OSError) as error:
            return JSONResponse({"error": said_of(error)}, 400)
        except ClientDisconnect:
            return JSONResponse({"error": "broken off"}, 400)
        return JSONResponse({"path": str(place)})

    def _free(self, name: str) -> Path:
        """Return a place where there is nothing yet."""
        place, number = self.folder / name, 1
        while place.exists():
            number += 1
            place = self.folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        return place


def safe_name(name: str) -> str:
    """Return the name of a file without a folder, of harmless characters.

    Raises:
        InputError: it is neither video nor picture by its suffix.
    """
    plain = _STRANGE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(". ")
    stem, suffix = Path(plain).stem[:LONGEST], Path(plain).suffix
    if suffix.lower() not in (*VIDEO_SUFFIXES, *IMAGE_SUFFIXES):
        raise InputError(f"{plain or 'this'} is neither a video nor a picture")
    return f"{stem}{suffix}"

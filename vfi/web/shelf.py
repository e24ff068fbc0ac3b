"""Files and pictures that the page may show, each under a name that nobody can guess."""

import mimetypes
import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

_SHOWN = ("video/", "image/png", "image/jpeg", "image/webp", "image/gif", "audio/")
PICTURES = 96  # that are kept


class Shelf:
    """What is not on it cannot be fetched, whatever its path."""

    def __init__(self) -> None:
        self._keys: dict[Path, str] = {}
        self._files: dict[str, Path] = {}
        self._pictures: dict[str, tuple[bytes, str]] = {}

    def file(self, path: Path) -> str:
        """Return the address of a file; the same for the same file."""
        if path not in self._keys:
            self._keys[path] = secrets.token_urlsafe(12)
            self._files[self._keys[path]] = path
        return f"/file/{self._keys[path]}"

    def picture(self, data: bytes, kind: str = "image/png") -> str:
        """Return the address of a picture in memory; of many only the last ones are kept."""
        key = secrets.token_urlsafe(12)
        self._pictures[key] = data, kind
        while len(self._pictures) > PICTURES:
            del self._pictures[next(iter(self._pictures))]
        return f"/file/{key}"

    async def answer(self, request: Request) -> Response:
        """Give out what is on the shelf; of a file also a part, so that a player can seek."""
        key = request.path_params["key"]
        if key in self._pictures:
            data, kind = self._pictures[key]
            return Response(data, media_type=kind)
        path = self._files.get(key)
        if path is None or not path.is_file():
            return PlainTextResponse("vfi: it is not there any more\n", 404)
        kind = mimetypes.guess_type(path.name)[0] or ""
        shown = kind.startswith(_SHOWN)
        return FileResponse(
            path,
            media_type=kind if shown else "application/octet-stream",
            filename=path.name,
            content_disposition_type="inline" if shown else "attachment",
        )

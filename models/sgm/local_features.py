"""Features at every size down to 1/8, where both pictures attend to each other in windows.

Blocks are SwinV1-like (Liu et al., ICCV 2021), but a window's queries ask the same window of the
*other* picture, and the residual runs over the normed tokens.
"""

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from ..layers import conv3x3
from .parts import position_code, rectified_conv

WINDOW, SHIFT = 7, 3
HEAD = 32  # channels of an attention head
FORBIDDEN = -100.0  # what is added to the logit of a pair that must not attend


class LocalFeatures(nn.Module):
    """Pictures (2·B, 3, H, W), all first and then all second ones → features at 1/4 and at 1/8."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width)
        self.convs = nn.ModuleList()
        self.down = nn.ModuleList()
        before = 3
        for number, channels in enumerate(widths):
            if number:
                self.down.append(rectified_conv(before, channels, 2))
                before = channels
            self.convs.append(
                nn.Sequential(rectified_conv(before, channels), rectified_conv(channels, channels))
            )
            before = channels
        last = 8 * width
        self.embed = conv3x3(before, last, 2)
        self.embed_norm = nn.LayerNorm(last)
        self.blocks = nn.ModuleList(
            CrossBlock(last, shifted=bool(number % 2)) for number in range(blocks)
        )
        self.norm = nn.LayerNorm(last, eps=1e-6)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.convs[0](pictures)
        for down, convs in zip(self.down, self.convs[1:], strict=True):
            features = convs(down(features))
        tokens = self.embed_norm(self.embed(features).permute(0, 2, 3, 1))
        for block in self.blocks:
            tokens = block(tokens)
        return features, self.norm(tokens).permute(0, 3, 1, 2)


class CrossBlock(nn.Module):
    """Tokens (2·B, H, W, C) → the same, after attention between the pictures and an MLP."""

    def __init__(self, channels: int, shifted: bool) -> None:
        super().__init__()
        self.shift = SHIFT if shifted else 0
        self.heads = max(channels // HEAD, 1)
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels)
        self.project = nn.Linear(channels, channels)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.widen = nn.Linear(channels, 4 * channels)
        self.depthwise = nn.Conv2d(4 * channels, 4 * channels, 3, padding=1, groups=4 * channels)
        self.narrow = nn.Linear(4 * channels, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        height, width = tokens.shape[1:3]
        padding = _padding(height, width)
        top, left = padding[2], padding[0]
        padded = functional.pad(tokens, (0, 0, *padding))
        rolled = torch.roll(padded, (-self.shift, -self.shift), (1, 2))
        size = rolled.shape[1], rolled.shape[2]
        attended = self._attend(_windows(rolled), self._mask((height, width), padding, tokens))
        whole = torch.roll(_whole(attended, size), (self.shift, self.shift), (1, 2))
        kept = whole[:, top : top + height, left : left + width]
        return kept + self._mlp(self.norm2(kept))

    def _attend(self, windows: Tensor, mask: Tensor | None) -> Tensor:
        """Windows (2·B, N, 49, C): each asks the same one of the other picture."""
        channels = windows.shape[-1]
        code = position_code(WINDOW, WINDOW, channels // 2, windows).flatten(1).T
        own = self.norm1(windows) + code
        other = torch.cat(own.chunk(2)[::-1])
        query = self._split(self.query(own))
        key, value = (self._split(part) for part in self.key_value(other).chunk(2, -1))
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return own + self.project(found.transpose(2, 3).flatten(3))

    def _split(self, tokens: Tensor) -> Tensor:
        """(2·B, N, 49, C) → (2·B, N, heads, 49, C / heads)."""
        batch, windows, places, channels = tokens.shape
        heads = tokens.view(batch, windows, places, self.heads, channels // self.heads)
        return heads.transpose(2, 3)

    def _mlp(self, tokens: Tensor) -> Tensor:
        wide = self.depthwise(self.widen(tokens).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        narrowed: Tensor = self.narrow(functional.gelu(wide))
        return narrowed

    def _mask(
        self, size: tuple[int, int], padding: tuple[int, int, int, int], like: Tensor
    ) -> Tensor | None:
        """(N, 1, 49, 49): what padding and rolling put beside each other must not attend.

        Padding's mask is that of the map before it is rolled, window for window, as published.
        """
        left, right, top, bottom = padding
        height, width = size[0] + top + bottom, size[1] + left + right
        apart = None
        if any(padding):
            rows = _regions(height, (top, top + size[0]), like)
            columns = _regions(width, (left, left + size[1]), like)
            apart = _apart(rows, columns)
        if self.shift:
            rows = _regions(height, (height - WINDOW, height - SHIFT), like)
            columns = _regions(width, (width - WINDOW, width - SHIFT), like)
            rolled = _apart(rows, columns)
            apart = rolled if apart is None else apart | rolled
        if apart is None:
            return None
        return apart.to(like.dtype)[:, None] * FORBIDDEN


def _padding(height: int, width: int) -> tuple[int, int, int, int]:
    """Left, right, top, bottom: what makes both sides multiples of the window."""
    missing_rows, missing_columns = -height % WINDOW, -width % WINDOW
    left, top = missing_columns // 2, missing_rows // 2
    return left, missing_columns - left, top, missing_rows - top


def _regions(length: int, cuts: tuple[int, int], like: Tensor) -> Tensor:
    """0, 1, 2 for the places before, between and behind two cuts."""
    places = torch.arange(length, device=like.device)
    return (places >= cuts[0]).int() + (places >= cuts[1]).int()


def _apart(rows: Tensor, columns: Tensor) -> Tensor:
    """(N, 49, 49): whether two places of a window lie in different regions."""
    regions = (3 * rows[:, None] + columns)[None, :, :, None]
    labels = _windows(regions)[0, :, :, 0]
    return labels[:, :, None] != labels[:, None, :]


def _windows(tokens: Tensor) -> Tensor:
    """(B, H, W, C) → (B, N, 49, C), windows row by row."""
    batch, height, width, channels = tokens.shape
    cut = tokens.view(batch, height // WINDOW, WINDOW, width // WINDOW, WINDOW, channels)
    return cut.transpose(2, 3).reshape(batch, -1, WINDOW * WINDOW, channels)


def _whole(windows: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the inverse of `_windows`."""
    batch, _, _, channels = windows.shape
    grid = size[0] // WINDOW, size[1] // WINDOW
    cut = windows.view(batch, *grid, WINDOW, WINDOW, channels)
    return cut.transpose(2, 3).reshape(batch, *size, channels)

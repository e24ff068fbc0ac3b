"""The whole pipeline over classical motion: flow refined, features splatted, candidates fused.

The flow that it is given (DIS, led by tracked corners) is refined both ways as PWC-Net decodes
flow: features are warped, matched in a small cost volume, and a residual is decoded, from 1/16 to
1/4 of the size; each decoder also corrects Z. Features, flow and Z are splatted to t, where the
flow is corrected once more by what both sides show. Four candidates are then made of both frames:
along that flow, along the given flow splatted and as it stands, and at rest. GridNet, working at a
quarter of the size, says how much each of the eight pictures counts at every pixel, beside the
rule that `direct` goes by, and adds what their mean lacks.

All heavy layers work at 1/4 of the size and below, with channels in multiples of 32 and leaky
rectifiers: that is what processors' bf16 instructions are fast at. Every part's last layer starts
at (or close to) zero, so that training starts from the classical method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .fusion import (
    ALIKE,
    SHARPNESS,
    Candidate,
    along_cross_flow,
    along_projected_flow,
    classical_pair,
)
from .intermediate import Side, joint_flow, sample_along, splat_side
from .layers import (
    averaged,
    conv3x3,
    initialise,
    resize,
    resize_flow,
    shrink_flow,
    size_of,
    whole_precision,
)
from .leaky import SLOPE, FoldedPyramid, LeakyGrid, Residual, rectified
from .motion import DEVIATION, MEAN, normalised
from .network import Flows, InterpolationNetwork, Synthesis
from .ops import backwarp, correlation
from .pair import PicturePair

FOLD = 4  # pictures are folded FOLD × FOLD for the synthesis
CANDIDATES = 4  # pairs of pictures that the result is made of
RESIDUAL_SCALE = 0.2 * DEVIATION
LOGIT_SCALE = 2.0
FLOW_START = 1e-2  # spread of the flow decoders' last weights at the start
FLOW_SCALE = 0.1  # of what they give: at 1, each step of the optimiser shook all flows
FLOW_UNIT = 8.0  # pixels of a level that count as one in what decoders are given


@dataclass(frozen=True)
class FusedConfig:
    """Sizes of the parts; channels from a quarter of the size down to a sixteenth."""

    features: tuple[int, ...] = (64, 96, 128)
    decoder: tuple[int, ...] = (64, 96, 96)  # the flow decoders' channels, by level
    radius: int = 3  # of the cost volumes
    rows: tuple[int, ...] = (64, 96, 128)
    columns: int = 4
    prior: float = 5.0  # Z = −prior · photometric error, before what is learned


@dataclass(frozen=True)
class FusedPair(PicturePair):
    """A pair with the refined flow, and the same with the flow that it was given.

    Features are one tensor a level, finest first.
    """

    features_one: list[Tensor]
    features_two: list[Tensor]
    classical: PicturePair


class _FlowDecoder(nn.Module):
    """One level of the refinement: what is left of the flow, and a correction of Z."""

    def __init__(self, features: int, channels: int, radius: int) -> None:
        super().__init__()
        self.radius = radius
        costs = (2 * radius + 1) ** 2
        self.main = nn.Sequential(
            conv3x3(features + costs + 3, channels),
            nn.LeakyReLU(SLOPE),
            Residual(channels),
        )
        self.head = conv3x3(channels, 3)

    def forward(self, own: Tensor, other: Tensor, flow: Tensor, error: Tensor) -> Tensor:
        """(B, 3, h, w): residual flow in pixels of this level, and of the metric."""
        costs = correlation(_unit(own), _unit(backwarp(other.float(), flow)), self.radius)
        costs = costs * own.shape[1]  # of unit vectors: the cosine
        given = torch.cat([costs, flow / FLOW_UNIT, error * 10], 1).to(own.dtype)
        decoded = self.main(torch.cat([own, given], 1))
        return whole_precision(self.head, rectified(decoded)) * FLOW_SCALE


def _unit(features: Tensor) -> Tensor:
    """Features around their mean over the picture, at unit length: their product is a cosine."""
    centred = features.float() - features.float().mean((2, 3), keepdim=True)
    return centred * torch.rsqrt(centred.square().sum(1, keepdim=True) + 1e-6)


class Fused(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, a flow both ways and t → the picture in between."""

    initial_flow_kind = "dis"
    stages: ClassVar[Mapping[str, str]] = {
        "pyramid": "pyramid",
        "flow": "flow",
        "correct": "flow",
        "correct_join": "flow",
        "correct_head": "flow",
        "fold": "synthesis",
        "fold_own": "synthesis",
        "warp": "synthesis",
        "grid": "synthesis",
        "head": "synthesis",
    }

    def __init__(self, config: FusedConfig) -> None:
        features, rows = config.features, config.rows
        super().__init__(FOLD * 2 ** (len(rows) - 1))
        self.prior = config.prior
        self.pyramid = FoldedPyramid(features)
        self.flow = nn.ModuleList(
            _FlowDecoder(inputs, channels, config.radius)
            for inputs, channels in zip(features, config.decoder, strict=True)
        )
        folded = 3 * FOLD**2
        self.fold = nn.Conv2d(2 * (CANDIDATES - 1) * folded, rows[0], 1)
        self.fold_own = nn.Conv2d(2 * folded, rows[0], 1)
        inputs = [2 * (channels + 1) for channels in features]
        # beside splatted features: candidates, coverages, confidences, spread, flow, t
        inputs[0] += rows[0] + 2 + (CANDIDATES - 1) + 2 * (CANDIDATES - 1) + 4 + 1
        self.warp = nn.ModuleList(
            conv3x3(before, after) for before, after in zip(inputs, rows, strict=True)
        )
        self.correct = nn.Sequential(
            conv3x3(rows[0], rows[1], 2),
            nn.LeakyReLU(SLOPE),
            Residual(rows[1]),
            Residual(rows[1]),
        )
        self.correct_join = conv3x3(rows[0] + rows[1], rows[0])
        self.correct_head = conv3x3(rows[0], 4)
        self.grid = LeakyGrid(rows, config.columns)
        self.head = nn.Sequential(
            conv3x3(rows[0], 2 * rows[0]),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * rows[0], FOLD**2 * (3 + 2 * CANDIDATES), 1),
        )
        self._start()

    def _start(self) -> None:
        initialise(self, SLOPE)
        for module in self.modules():
            if isinstance(module, Residual):
                nn.init.zeros_(module.last.weight)
        for decoder in self.flow:
            nn.init.normal_(decoder.head.weight, std=FLOW_START)  # type: ignore[union-attr, arg-type]
        nn.init.normal_(self.correct_head.weight, std=FLOW_START)
        nn.init.zeros_(self.head[-1].get_parameter("weight"))

    # ---- of the pair

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> FusedPair:
        assert initial_flow is not None
        with torch.no_grad(), torch.autocast(one.device.type, enabled=False):
            classical = classical_pair(one, two, initial_flow, self.prior)
        batch = one.shape[0]
        both = normalised(one, two).contiguous(memory_format=torch.channels_last)
        features = self.pyramid(both)
        start = torch.cat([classical.half_01, classical.half_10])
        metric = torch.cat([classical.metric_one, classical.metric_two])
        half, metric = self._refine(features, start, metric)
        full = resize_flow(half, size_of(one))
        return FusedPair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            features_one=[level[:batch] for level in features],
            features_two=[level[batch:] for level in features],
            half_01=half[:batch],
            half_10=half[batch:],
            one=one,
            two=two,
            classical=classical,
        )

    def _refine(
        self, features: list[Tensor], half: Tensor, metric: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Flow (2·B, 2, H/2, W/2) and metric, corrected level by level, the coarsest first."""
        size = size_of(half)
        for own, decoder in zip(reversed(features), reversed(self.flow), strict=True):
            level = size_of(own)
            other = torch.cat(own.chunk(2)[::-1])
            flow, error = shrink_flow(half, level), averaged(metric, level) / self.prior
            found = decoder(own, other, flow, error)
            half = half + resize(found[:, :2], size) * (size[1] / level[1])
            metric = metric + resize(found[:, 2:], size)
        return half, metric

    # ---- at t

    def explain(self, pair: FusedPair, t: Tensor | float) -> Synthesis:
        one = pair.one
        moment = t if isinstance(t, Tensor) else one.new_full((one.shape[0], 1, 1, 1), float(t))
        with torch.no_grad(), torch.autocast(one.device.type, enabled=False):
            classical = self._classical(pair, moment)
        own_flow, rows = self._rows(pair, classical, moment)
        size = size_of(one)
        flow_one, flow_two = resize_flow(own_flow[:, :2], size), resize_flow(own_flow[:, 2:], size)
        own = Candidate(sample_along(pair.one, flow_one, 1), sample_along(pair.two, flow_two, 1))
        own_pictures = torch.stack([own.one, own.two], 1)
        folded = _folded(own_pictures - classical.mean[:, None])
        rows[0] = rows[0] + self.fold_own(folded.to(rows[0].dtype))
        found = whole_precision(self.head, self.grid(rows))
        found = functional.pixel_shuffle(found, FOLD)
        pictures = torch.cat([own_pictures, classical.pictures], 1)
        with torch.no_grad():
            prior = torch.cat([_prior(own, moment), classical.prior], 1)
            prior = resize(prior, size)
        shares = torch.softmax(found[:, 3:] * LOGIT_SCALE + prior, 1)
        frame = (shares[:, :, None] * pictures).sum(1) + found[:, :3] * RESIDUAL_SCALE
        return Synthesis(frame, own.blend(moment), classical.mean)

    def _classical(self, pair: FusedPair, t: Tensor) -> "_Classical":
        along = along_projected_flow(pair.classical, t)
        candidates = [
            Candidate(along.one, along.two),
            along_cross_flow(pair.classical, t),
            Candidate(pair.one, pair.two),
        ]
        prior = torch.cat([_prior(candidate, t) for candidate in candidates], 1)
        pictures = torch.stack([p for c in candidates for p in (c.one, c.two)], 1)
        shares = resize(torch.softmax(prior, 1), size_of(pair.one))
        mean = (shares[:, :, None] * pictures).sum(1)
        return _Classical(pictures, prior, mean)

    def _rows(
        self, pair: FusedPair, classical: "_Classical", t: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the flows from t to both frames (B, 4, H/2, W/2) and the inputs of GridNet."""
        nothing = pair.metric_one[:, :0]
        sides = (
            splat_side(nothing, pair.half_01, pair.metric_one, t),
            splat_side(nothing, pair.half_10, pair.metric_two, 1 - t),
        )
        joint = joint_flow(*sides, t)
        flow = torch.cat([-t * joint, (1 - t) * joint], 1)
        rows: list[Tensor] = []
        for level, (one, two) in enumerate(zip(pair.features_one, pair.features_two, strict=True)):
            size = size_of(one)
            side_one, side_two = (
                splat_side(f, shrink_flow(h, size), averaged(m, size), w)
                for f, h, m, w in (
                    (one, pair.half_01, pair.metric_one, t),
                    (two, pair.half_10, pair.metric_two, 1 - t),
                )
            )
            row = [side_one.features, side_one.metric, side_two.features, side_two.metric]
            if level == 0:
                row += self._seen(classical, side_one, side_two, flow, t, one.dtype)
            joined = torch.cat([part.to(one.dtype) for part in row], 1)
            rows.append(self.warp[level](joined.contiguous(memory_format=torch.channels_last)))
        return flow + self._correction(rows[0], size_of(flow)), rows

    def _seen(
        self,
        classical: "_Classical",
        one: Side,
        two: Side,
        flow: Tensor,
        t: Tensor,
        dtype: torch.dtype,
    ) -> list[Tensor]:
        """Return what the finest row is given besides features."""
        size = size_of(one.metric)
        mean = classical.mean[:, None]
        offsets = classical.pictures - mean
        # the first place is the mean itself, the others are relative to it
        seen = torch.cat([(mean - MEAN), offsets[:, 1:]], 1)
        spread = functional.avg_pool2d(offsets.abs().mean(2), FOLD)
        confidence = classical.prior[:, ::2]
        confidence = averaged(confidence - confidence.mean(1, keepdim=True), size)
        return [
            self.fold(_folded(seen).to(dtype)),
            one.coverage.clamp(max=1),
            two.coverage.clamp(max=1),
            confidence,
            10 * spread,
            averaged(flow, size) / FLOW_UNIT,
            t.expand(-1, 1, *size),
        ]

    def _correction(self, row: Tensor, size: tuple[int, int]) -> Tensor:
        """Return what the flows to both frames lack at t, (B, 4, h, w) in pixels of that size."""
        finer = rectified(row)
        coarse = resize(self.correct(finer), size_of(finer))
        joined = rectified(self.correct_join(torch.cat([finer, coarse], 1)))
        found = whole_precision(self.correct_head, joined) * FLOW_SCALE
        return resize(found, size) * (size[1] / row.shape[-1])


@dataclass(frozen=True)
class _Classical:
    """Six pictures and what the rule makes of them.

    (B, 6, 3, H, W), the logarithm of each one's share (B, 6, H/2, W/2), their mean (B, 3, H, W).
    """

    pictures: Tensor
    prior: Tensor
    mean: Tensor


def _prior(candidate: Candidate, t: Tensor) -> Tensor:
    """Return the logarithm of how much both pictures of a candidate count: (B, 2, H/2, W/2)."""
    confidence = -SHARPNESS * torch.log(candidate.inconsistency() + ALIKE)
    return torch.cat([confidence + torch.log(1 - t + 1e-6), confidence + torch.log(t + 1e-6)], 1)


def _folded(pictures: Tensor) -> Tensor:
    """(B, N, 3, H, W) → (B, N · 3 · FOLD², H / FOLD, W / FOLD), scaled to unit deviation."""
    batch, _, _, height, width = pictures.shape
    folded = functional.pixel_unshuffle((pictures / DEVIATION).view(batch, -1, height, width), FOLD)
    return folded.contiguous(memory_format=torch.channels_last)

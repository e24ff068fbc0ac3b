"""From a batch to the numbers that training makes small: one module that engines can wrap."""

import torch
from torch import Tensor, nn

from ..models.adoption import features_to_adopt, hint_loss
from ..models.blend import splat_pair
from ..models.fast import Fast
from ..models.fused import Fused
from ..models.hybrid import Hybrid
from ..models.layers import resize, size_of
from ..models.matching import normalised
from ..models.opinions import agreed
from ..models.pair import Pair
from ..models.pwcnet import PWCNet
from .config import LossConfig
from .losses import consistency, end_point_error, end_point_loss, laplacian_loss, squared_error
from .perceptual import PerceptualLoss
from .samples import Sample, given_flows


class Objective(nn.Module):
    """A network and its losses: batch → (loss, numbers to report)."""

    def __init__(
        self,
        network: nn.Module,
        stage: str,
        weights: LossConfig,
        teacher: PWCNet | None = None,
        margin: int = 0,
    ) -> None:
        """`teacher` is wanted in the features stage alone. `margin`: pixels inside a crop's border
        that nothing looks at in the frame stage: what is sampled along a flow there comes from
        outside the crop, and a network would learn to mend that instead of frames."""
        super().__init__()
        self.network = network
        self.stage = stage
        self.weights = weights
        self.margin = margin
        self.teacher = teacher.requires_grad_(False) if teacher else None
        self.perceptual = PerceptualLoss(weights.features) if weights.perceptual else None

    def forward(self, batch: Sample) -> tuple[Tensor, dict[str, Tensor]]:
        stages = {"features": self._feature_terms, "flow": self._flow_terms}
        terms = stages.get(self.stage, self._frame_terms)(batch)
        loss = torch.stack([terms[name] for name in terms if name.startswith("loss")]).sum()
        return loss, {name: value.detach() for name, value in terms.items()}

    def _feature_terms(self, batch: Sample) -> dict[str, Tensor]:
        assert self.teacher is not None
        one, two = batch["one"], batch["two"]
        with torch.no_grad():
            taught = features_to_adopt(self.teacher, normalised(one, two))
        features = self.network.flow_features(one, two)  # type: ignore[operator]
        return {"loss_features": hint_loss(features, taught)}

    def _flow_terms(self, batch: Sample) -> dict[str, Tensor]:
        flows_01, flows_10 = self.network.flows(batch["one"], batch["two"])  # type: ignore[operator]
        known = "flow" if "flow_01" in batch else "dis"  # scenes know the truth, DIS the rest
        truth_01, truth_10 = batch[f"{known}_01"], batch[f"{known}_10"]
        trust_01 = trust_10 = None
        if known == "dis":
            trust_01, trust_10 = consistency(truth_01, truth_10), consistency(truth_10, truth_01)
        loss = end_point_loss(flows_01, truth_01, trust_01)
        loss = loss + end_point_loss(flows_10, truth_10, trust_10)
        finest = resize(flows_01[0].float(), size_of(truth_01))
        finest = finest * (truth_01.shape[-1] / flows_01[0].shape[-1])
        error = "epe" if known == "flow" else "epe_dis"
        return {"loss_flow": loss, error: end_point_error(finest, truth_01)}

    def _frame_terms(self, batch: Sample) -> dict[str, Tensor]:
        network, weights = self.network, self.weights
        t = batch["t"].view(-1, 1, 1, 1)
        given = given_flows(batch, str(network.takes_flow))
        pair: Pair = network.prepare(batch["one"], batch["two"], given)  # type: ignore[operator]
        baseline = None
        if isinstance(network, Fused):
            made = network.explain(pair, t)  # type: ignore[arg-type]
            frame, blend, baseline = made.frame, made.blend, made.baseline
        elif isinstance(network, Hybrid):
            opinions = network.opinions(pair, t)  # type: ignore[arg-type]
            frame, blend = agreed(opinions, t), opinions[0].blend(t)  # the network's own
        elif isinstance(network, Fast):
            own, rows = network.splat(pair, t)  # type: ignore[arg-type]
            opinions = network.opinions(pair, own, t)  # type: ignore[arg-type]
            frame, blend = agreed(opinions, t) + network.residual(rows), own.blend()
        else:
            size = size_of(batch["one"])
            metrics = resize(pair.metric_one, size), resize(pair.metric_two, size)
            flows = pair.flow_01, pair.flow_10
            blend = splat_pair(batch["one"], batch["two"], *flows, *metrics, t).blend()
            frame = network.synthesise(pair, t)  # type: ignore[operator]
        target = self._inner(batch["target"])
        frame, blend = self._inner(frame), self._inner(blend)
        terms = {
            "loss_frame": weights.frame * self._difference(frame, target),
            "psnr": _mean_psnr(frame.float(), target),
            "psnr_blend": _mean_psnr(blend, target),
        }
        if baseline is not None:
            gain = terms["psnr"] - _mean_psnr(self._inner(baseline), target)
            terms["gain"] = gain
        if weights.square:
            error = squared_error(frame.float(), target, relative=weights.relative)
            terms["loss_square"] = weights.square * error
        if self.perceptual is not None:
            distance = self.perceptual(frame.float(), target)
            terms["loss_perceptual"] = weights.perceptual * distance
        if weights.blend:
            terms["loss_blend"] = weights.blend * self._difference(blend, target)
        if weights.flow and "flow_01" in batch:
            sides = [
                (self._inner(found), self._inner(batch[name]))
                for found, name in ((pair.flow_01, "flow_01"), (pair.flow_10, "flow_10"))
            ]
            flow_loss = torch.stack(
                [end_point_loss([found], truth) for found, truth in sides]
            ).sum()
            terms["loss_flow"] = weights.flow * flow_loss
            terms["epe"] = end_point_error(*sides[0])
        return terms

    def _inner(self, picture: Tensor) -> Tensor:
        """(B, C, H, W) without the margin."""
        margin = self.margin
        return picture[..., margin:-margin, margin:-margin] if margin else picture

    def _difference(self, result: Tensor, target: Tensor) -> Tensor:
        return laplacian_loss(result.float(), target, relative=self.weights.relative)


def _mean_psnr(result: Tensor, truth: Tensor) -> Tensor:
    error = (result.clamp(0, 1) - truth).square().mean(dim=(1, 2, 3)).clamp(min=1e-6)
    return (-10 * error.log10()).mean()

"""From a batch to the numbers that training makes small: one module that engines can wrap."""

import torch
from torch import Tensor, nn

from ..models.layers import resize, size_of
from ..models.network import InterpolationNetwork
from .config import LossConfig
from .data.samples import Sample, initial_flows
from .losses import consistency, end_point_error, end_point_loss, laplacian_loss, squared_error
from .perceptual import PerceptualLoss
from .weight_transfer import features_to_adopt, hint_loss


class Objective(nn.Module):
    """A network and its losses: batch → (loss, numbers to report)."""

    def __init__(
        self,
        network: InterpolationNetwork,
        stage: str,
        weights: LossConfig,
        teacher: InterpolationNetwork | None = None,
        margin: int = 0,
    ) -> None:
        """Take what is trained, and by what.

        Args:
            teacher: wanted in the features stage alone.
            margin: pixels inside a crop's border that nothing looks at in the frame stage: what is
                sampled along a flow there comes from outside the crop, and a network would learn
                to mend that instead of frames.
        """
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
        flow, small = self.network.flow_network(), self.teacher.flow_network()
        assert flow is not None
        assert small is not None
        with torch.no_grad():
            taught = features_to_adopt(small, torch.cat(self.teacher.normalise(one, two)))
        features = flow.extractor(torch.cat(self.network.normalise(one, two)))
        return {"loss_features": hint_loss(features, taught)}

    def _flow_terms(self, batch: Sample) -> dict[str, Tensor]:
        flows_01, flows_10 = self.network.flows(batch["one"], batch["two"])
        known = "flow" if "flow_01" in batch else "dis"  # scenes know the truth, DIS the rest
        truth_01, truth_10 = batch[f"{known}_01"], batch[f"{known}_10"]
        confidence_01 = confidence_10 = None
        if known == "dis":
            confidence_01 = consistency(truth_01, truth_10)
            confidence_10 = consistency(truth_10, truth_01)
        loss = end_point_loss(flows_01, truth_01, confidence_01)
        loss = loss + end_point_loss(flows_10, truth_10, confidence_10)
        finest = resize(flows_01[0].float(), size_of(truth_01))
        finest = finest * (truth_01.shape[-1] / flows_01[0].shape[-1])
        error = "epe" if known == "flow" else "epe_dis"
        return {"loss_flow": loss, error: end_point_error(finest, truth_01)}

    def _frame_terms(self, batch: Sample) -> dict[str, Tensor]:
        network, weights = self.network, self.weights
        flows = initial_flows(batch, network.initial_flow_kind)
        pair = network.prepare(batch["one"], batch["two"], flows)
        made = network.explain(pair, batch["t"].view(-1, 1, 1, 1))
        target = self._inner(batch["target"])
        frame, blend = self._inner(made.frame), self._inner(made.blend)
        terms = {
            "loss_frame": weights.frame * self._difference(frame, target),
            "psnr": _mean_psnr(frame.float(), target),
            "psnr_blend": _mean_psnr(blend, target),
        }
        if made.baseline is not None:
            terms["gain"] = terms["psnr"] - _mean_psnr(self._inner(made.baseline), target)
        if weights.square:
            error = squared_error(frame.float(), target, relative=weights.relative)
            terms["loss_square"] = weights.square * error
        if self.perceptual is not None:
            distance = self.perceptual(frame.float(), target)
            terms["loss_perceptual"] = weights.perceptual * distance
        if weights.blend:
            terms["loss_blend"] = weights.blend * self._difference(blend, target)
        if weights.flow and network.has_flow and "flow_01" in batch:
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

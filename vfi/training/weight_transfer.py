"""A published flow network that begins as a small one that has learned.

The small network (one decoder for all levels, features of unit length) learns to match within some
thousand crops; the published one, with a decoder a level and plain features, did not begin to
within as many. But it is large enough to hold the small one: its decoders can do exactly what the
shared one does, and its features can be taught to be the small one's (Romero et al., "FitNets:
Hints for Thin Deep Nets", ICLR 2015). From there it learns by itself.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..models.layers import LEAKY_SLOPE
from ..models.pwcnet import Decoder, PWCNet, unit_features

# Of a number and its opposite the leaky rectifier leaves their difference, but for a factor: so
# that (u, −u, v, −v) of a flow pass through layers of rectifiers.
PAIRS = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
JOINED = PAIRS.T / (1 + LEAKY_SLOPE)
KERNEL = (3, 3)
PASSING = len(PAIRS)  # channels
REMAINDER = 0.02  # how much the channels count at first that the small network does not have


def adopt_decoders(network: PWCNet, small: PWCNet) -> None:
    """Make the decoders of a published network compute what the small one's decoder does.

    Provided that the first features of every level are the small one's (`features_to_adopt`). A
    level that is too narrow for them goes by its costs alone.

    Raises:
        ValueError: the small network does not fit into the other one.
    """
    if not small.config.shared or not small.config.residual or network.config.shared:
        raise ValueError("a network with a decoder a level adopts one with a shared decoder")
    if len(network.config.channels) != len(small.config.channels):
        raise ValueError("the network to adopt has another number of levels")
    source: Decoder = small.decoders[0]  # type: ignore[assignment]
    with torch.no_grad():
        for place, decoder in enumerate(network.decoders):
            features = network.config.channels[network.config.finest - 1 + place]
            with_flow = place + 1 < len(network.decoders)
            _adopt(decoder, source, features, with_flow)  # type: ignore[arg-type]


def _adopt(decoder: Decoder, source: Decoder, features: int, with_flow: bool) -> None:
    layers, small = _convolutions(decoder), _convolutions(source)
    hidden = small[:-1]
    if (
        len(layers) < len(small) + 1
        or decoder.radius < source.radius
        or any(
            layer.out_channels < PASSING + mine.out_channels
            for layer, mine in zip(layers, hidden, strict=False)
        )
    ):
        raise ValueError("the decoder to adopt is larger than the one that is there")
    _adopt_inputs(layers[0], hidden[0], decoder, source, features, with_flow)
    for layer, before, mine in zip(layers[1:], hidden, hidden[1:], strict=False):
        own = slice(PASSING, PASSING + mine.out_channels)
        _clear(layer, own.stop)
        layer.weight[own, PASSING : PASSING + before.out_channels] = mine.weight
        _bias(layer)[own] = _bias(mine)
        _pass_on(layer)
    found = layers[len(hidden)]  # the small decoder's last layer corrects the flow here
    _clear(found, PASSING)
    correction = torch.einsum("po,oihw->pihw", PAIRS, small[-1].weight)
    found.weight[:PASSING, PASSING : PASSING + small[-1].in_channels] = correction
    _bias(found)[:PASSING] = PAIRS @ _bias(small[-1])
    _pass_on(found)
    for layer in layers[len(hidden) + 1 : -1]:
        _clear(layer, PASSING)
        _pass_on(layer)
    layers[-1].weight.mul_(REMAINDER)
    _bias(layers[-1]).zero_()
    layers[-1].weight[:, :PASSING] = 0
    layers[-1].weight[:, :PASSING, 1, 1] = JOINED


def _adopt_inputs(
    layer: nn.Conv2d,
    mine: nn.Conv2d,
    decoder: Decoder,
    source: Decoder,
    features: int,
    with_flow: bool,
) -> None:
    """Adopt the first layer: features, costs and flow, each to where the other decoder has them."""
    across, fewer = 2 * decoder.radius + 1, 2 * source.radius + 1
    edge = decoder.radius - source.radius
    shared = mine.in_channels - fewer**2 - 2
    own = slice(PASSING, PASSING + mine.out_channels)
    _clear(layer, own.stop)
    _bias(layer)[own] = _bias(mine)
    if features >= shared:
        layer.weight[own, :shared] = mine.weight[:, :shared]
    costs = mine.weight[:, shared : shared + fewer**2].reshape(-1, fewer, fewer, *KERNEL)
    costs = functional.pad(costs, (0, 0, 0, 0, edge, edge, edge, edge)).flatten(1, 2)
    costs *= features / min(features, shared)  # a cost is a mean over all features
    layer.weight[own, features : features + across**2] = costs
    if with_flow:
        layer.weight[own, -2:] = mine.weight[:, -2:]
        layer.weight[:PASSING, -2:, 1, 1] = PAIRS


def _pass_on(layer: nn.Conv2d) -> None:
    layer.weight[:PASSING, :PASSING, 1, 1] = PAIRS @ JOINED


def _clear(layer: nn.Conv2d, outputs: int) -> None:
    layer.weight[:outputs] = 0
    _bias(layer)[:outputs] = 0


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None  # all layers of a decoder have one
    return layer.bias


def _convolutions(decoder: Decoder) -> list[nn.Conv2d]:
    return [layer for layer in decoder.modules() if isinstance(layer, nn.Conv2d)]


def features_to_adopt(small: PWCNet, pictures: Tensor) -> list[Tensor]:
    """Return the small network's unit features at 1/2, 1/4, …: what to teach the other one.

    They are those that its decoder sees; at levels that are finer than it decodes, the plain ones.
    `pictures` (B, 3, H, W) are normalised as the small network's are.
    """
    levels = small.extractor(pictures)
    finer = small.config.finest - 1
    seen = [equalise(level) for equalise, level in zip(small.equalise, levels[finer:], strict=True)]
    return [unit_features(level) for level in (*levels[:finer], *seen)]


def hint_loss(features: list[Tensor], taught: list[Tensor]) -> Tensor:
    """Return how far the first channels of every level are from what they are to be: a scalar.

    Both have a tensor a level, finest first; the features as many channels as taught, or more.
    """
    total = taught[0].new_zeros(())
    for level, wanted in zip(features, taught, strict=True):
        total = total + (level[:, : wanted.shape[1]].float() - wanted).square().mean()
    return total / len(taught)

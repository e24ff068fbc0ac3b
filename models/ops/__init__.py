"""The operators behind the networks: one public function each, back ends behind it.

B, C, H, W are batch, channels, height and width. A flow is (B, 2, H, W), in pixels, channel 0
to the right and channel 1 down.
"""

from .cost_volume import correlation
from .separable import sepconv
from .splatting import softsplat
from .warping import backwarp

__all__ = ["backwarp", "correlation", "sepconv", "softsplat"]

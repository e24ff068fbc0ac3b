"""Settings of networks that are small enough to train in a test."""

TINY = {
    "architecture": "hybrid",
    "flow": {"channels": [4, 4], "decoder": [4], "radius": 1, "finest": 2, "residual": True},
    "importance": {"picture": 2, "error": 2, "rows": [4, 4], "prior": 5.0},
}

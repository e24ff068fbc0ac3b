"""Sparse global matching: local flow to t, its flaws found, matched globally and merged.

Liu, Zhang, Zhao and Wang, "Sparse Global Matching for Video Frame Interpolation with Large Motion",
CVPR 2024. `sparse_global_matching.py` is the whole, one file a part beside it.
"""

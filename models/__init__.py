"""Networks and operators of video frame interpolation, in PyTorch, without any file access.

Letters used everywhere: B batch, C channels, H height, W width. Pictures are `(B, 3, H, W)` RGB in
0..1; flows are `(B, 2, H, W)` in pixels, channel 0 to the right, channel 1 down. What is found
without learning (`dis.py`, `tracks.py`), and sampling on the CPU, is OpenCV's.
"""

"""Where a frame's time, memory and arithmetic go."""

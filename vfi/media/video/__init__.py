"""Video files: decoded to frames with exact times, and encoded again."""

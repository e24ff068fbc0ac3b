"""What is measured of a video's pictures: cuts, repeated drawings, held keyframes."""

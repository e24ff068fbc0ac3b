"""Results to look at: two videos beside each other, and a few moments before a long run."""

"""Learning: what is learned from, by what, and how far it is."""

"""Picture files, sequences of them, and flow files."""

"""Pictures of what happens."""

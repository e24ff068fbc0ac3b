"""Which frames should exist: pure functions over times."""

"""The page for people who do not type: it makes jobs, shows how they go, and decides nothing."""

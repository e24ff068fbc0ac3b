"""What a benchmark found, as tables, plots and a page."""

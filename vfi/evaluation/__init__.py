"""How good interpolation is: measures, methods, data sets, reports, and how fast."""

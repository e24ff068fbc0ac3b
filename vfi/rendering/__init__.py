"""Pictures of what a schedule says: interpolated, held, blended, blurred."""

"""What is on disk: videos, pictures, and all that travels beside them."""

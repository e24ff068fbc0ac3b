"""Drawn scenes with exact flow and occlusion, as samples."""

"""Real windows of clips and of data sets of pictures, as samples."""

"""Where truth comes from: data sets on disk, and clips of which frames are withheld."""

"""What travels beside the picture: audio, subtitles, chapters, tags, timecode."""

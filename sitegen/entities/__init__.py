"""Pure: tagger, resolution, authority file."""

"""Edge: the two roads of the data. Start reading in `ingest_articles` and `build_site`."""

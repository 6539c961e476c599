"""Pure: analysis, postings, shards and dictionary of the JSON search index."""

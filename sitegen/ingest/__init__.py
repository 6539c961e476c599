"""Pure: readers, text repair, metadata, duplicates."""

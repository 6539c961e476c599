"""The site on its way to a host: what changed, in which order it goes, and the targets that take it."""

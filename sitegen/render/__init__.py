"""Pure: views to bytes (pages, feeds, charts), through a theme."""

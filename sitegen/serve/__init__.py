"""Edge: watch, debounce, serve, reload."""

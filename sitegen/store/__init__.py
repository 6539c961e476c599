"""Edge: the only package that touches disk."""

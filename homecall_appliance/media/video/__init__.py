"""A camera's pictures, encoded once for all who watch it."""

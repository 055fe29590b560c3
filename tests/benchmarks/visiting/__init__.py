"""Visits of the page with a cold and a warm cache, for the benchmark `visit`."""

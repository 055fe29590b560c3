"""Software devices that stand in for hardware."""

"""What the engine learns from decisions."""

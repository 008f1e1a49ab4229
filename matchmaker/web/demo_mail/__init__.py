"""What the demonstration would have sent by mail."""

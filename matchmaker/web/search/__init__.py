"""Search and browse, and the public page of a listing."""

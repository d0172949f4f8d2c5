"""How fast the check is beside the host crate, and how much memory it takes."""

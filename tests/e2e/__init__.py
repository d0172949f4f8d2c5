"""End to end: the real action, by the workflows that use it."""

"""GitHub: the runner's commands and files, and (only when publishing) its API."""

"""The differential test against the published host crate."""

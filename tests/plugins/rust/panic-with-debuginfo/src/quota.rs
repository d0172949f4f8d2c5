//! Names of quota windows, as the upstream's response headers carry them.

/// The window that a header speaks of: `5h` in `anthropic-ratelimit-unified-5h-utilization`.
pub fn window(header: &str) -> &str {
    let parts: Vec<&str> = header.split('-').collect();
    parts[3]
}

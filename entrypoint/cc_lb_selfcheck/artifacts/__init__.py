"""Where plugins come from: files, directories and patterns, relative to the working directory."""

"""Reading WebAssembly modules without running them. Pure, and tolerant of damage."""

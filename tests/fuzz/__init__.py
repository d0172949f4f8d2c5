"""Fuzzing: `targets` says what must hold, `test_targets` tries it, `./dev fuzz` for long."""

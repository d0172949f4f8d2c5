"""From a verdict and its evidence to words: what happened, why, and what to do."""

"""The one error of the tools that check and write."""


class Refusal(Exception):
    """Something is not as it has to be; the message says what, and what to do."""

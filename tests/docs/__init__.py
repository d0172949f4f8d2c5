"""What the pages say is true: their commands run, their links lead somewhere, their names exist."""

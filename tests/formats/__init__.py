"""What the command writes, judged by the tools that others read it with."""

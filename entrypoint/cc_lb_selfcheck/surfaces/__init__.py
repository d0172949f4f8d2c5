"""Text from outside, made safe for one surface each.

Everything that an artifact, its path or its output says is hostile wherever it is printed. Each
surface has one function, and the type it returns is what that surface's writers take.
"""

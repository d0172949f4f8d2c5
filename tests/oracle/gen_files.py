from random import Random


def fixed_files():
    return iter(())


def random_files(rng: Random, count: int):
    return iter(())

"""Pool.map with chunks: python3 pool_chunks.py N prints the sum of i*i for i below N, and the seconds it took.

A task is 10,000 items, so that what a task costs is shared by them. Each item is still pickled on its way there, and its square
on the way back.
"""
import sys
import time
from multiprocessing import Pool


def square(x):
    return x * x


def sum_of_squares(n):
    with Pool() as pool:
        return sum(pool.map(square, range(n), chunksize=10_000))


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum_of_squares(int(sys.argv[1]))
    print(total, time.perf_counter() - began)

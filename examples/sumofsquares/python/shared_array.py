"""Numbers in shared memory: python3 shared_array.py N prints the sum of i*i for i below N, and the seconds it took, in which the
numbers are put there.

A task is the name of the memory and a range in it, and what comes back is one sum: no item is pickled.
"""
import sys
import time
from array import array
from multiprocessing import Pool, cpu_count
from multiprocessing.shared_memory import SharedMemory


def part(task):
    name, first, end = task
    memory = SharedMemory(name=name)
    try:
        with memory.buf[first * 8 : end * 8] as piece, piece.cast("q") as numbers:
            return sum(x * x for x in numbers)
    finally:
        memory.close()


def sum_of_squares(n):
    memory = SharedMemory(create=True, size=max(1, n) * 8)
    try:
        memory.buf[: n * 8] = array("q", range(n)).tobytes()
        rows = -(-n // cpu_count())
        with Pool() as pool:
            return sum(pool.map(part, [(memory.name, i, min(i + rows, n)) for i in range(0, n, max(1, rows))]))
    finally:
        memory.close()
        memory.unlink()


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum_of_squares(int(sys.argv[1]))
    print(total, time.perf_counter() - began)

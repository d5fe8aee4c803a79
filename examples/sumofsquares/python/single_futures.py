"""One future per item, with a function that can be pickled: python3 single_futures.py N prints the sum of i*i for i below N, and
the seconds it took.

Every item pays for a future and its lock, a hand-over between threads, two pickles, two trips through a pipe, and for waking up
who waits at its end. The multiplication is less than a thousandth of that.
"""
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def square(x):
    return x * x


def sum_of_squares(n):
    with ProcessPoolExecutor() as executor:
        futures = [executor.submit(square, i) for i in range(n)]
        return sum(future.result() for future in futures)


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum_of_squares(int(sys.argv[1]))
    print(total, time.perf_counter() - began)

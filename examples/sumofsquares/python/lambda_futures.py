"""One future per item, with a lambda, as it is often printed: python3 lambda_futures.py N.

It cannot work: what goes to another process is pickled, functions are pickled by their names, and a lambda has none. submit()
takes all N items before anybody says so. Only result() raises, and leaving the `with` block waits for all the others to fail
too, so that a large N takes minutes; Python 3.8 hangs. A function defined within a function fails in the same way.
"""
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def sum_of_squares(n):
    with ProcessPoolExecutor() as executor:
        futures = [executor.submit(lambda x: x * x, i) for i in range(n)]
        return sum(future.result() for future in futures)


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum_of_squares(int(sys.argv[1]))
    print(total, time.perf_counter() - began)

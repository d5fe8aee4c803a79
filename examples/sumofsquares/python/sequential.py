"""The plain loop: python3 sequential.py N prints the sum of i*i for i below N, and the seconds it took."""
import sys
import time


def sum_of_squares(n):
    total = 0
    for i in range(n):
        total += i * i
    return total


if __name__ == "__main__":
    began = time.perf_counter()
    total = sum_of_squares(int(sys.argv[1]))
    print(total, time.perf_counter() - began)

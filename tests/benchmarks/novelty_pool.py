"""How fast the pool of Self-Instruct is: each text is compared with all before it by ROUGE-L, and added where none is alike.

    python -m tests.benchmarks.novelty_pool [--texts 52000]

Texts have 15 words, half of them from a hundred frequent ones.
"""

import argparse
import random
import time

from tasks.text.rouge import RougePool


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=52_000)
    size = parser.parse_args().texts
    rng = random.Random(1)
    frequent = [f"the{n}" for n in range(100)]
    texts = [
        " ".join(rng.choice(frequent) if rng.random() < 0.5 else f"word{rng.randrange(20_000)}" for _ in range(15))
        for _ in range(size)
    ]
    found = RougePool()
    found.most_alike("the first call", 0.7)
    found.add("compiles", "")
    began = time.perf_counter()
    for number, text in enumerate(texts):
        if found.most_alike(text, 0.7) is None:
            found.add(text, str(number))
    took = time.perf_counter() - began
    print(
        f"pool: grown to {len(found.names):,} of {size:,} texts in {took:.1f} s, {size / took:,.0f} rows/s on average"
    )
    began = time.perf_counter()
    for text in texts[:2000]:
        found.most_alike(text, 0.7)
    print(f"pool: {2000 / (time.perf_counter() - began):,.0f} rows/s against all of it")


if __name__ == "__main__":
    main()

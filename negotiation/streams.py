"""Counter-based randomness: every negotiation's draws depend on the seed and on its own number only.

A draw is a hash of its address: the seed, the negotiation's number, a purpose, the stage and a slot. The hash is the finaliser
of SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014), applied to
key + counter * GOLDEN as that generator does, in 64-bit integer arithmetic: the same bits on every machine. No draw depends on
the batch, the chunk, the thread or the order of play, and two protocols given the same seed meet the same types."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S32 = (np.uint64(s) for s in (30, 27, 31, 11, 32))

# Purposes: the types of a pair, what no player controls (recognition, trembles), what each player draws for itself, who meets
# whom, and public lots that both players see.
TYPES, CHANCE, ALICE, BOB, MATCHING, PUBLIC = range(6)


def mix(words: Words) -> Words:
    """The SplitMix64 finaliser, a bijection of 64-bit words. Overwrites its argument."""
    spare = words >> _S30
    words ^= spare
    words *= _M1
    np.right_shift(words, _S27, out=spare)
    words ^= spare
    words *= _M2
    np.right_shift(words, _S31, out=spare)
    words ^= spare
    return words


def keys(seed: int, negotiations: ArrayLike, purpose: int) -> Words:
    """The stream keys, shape (len(negotiations),), of the given negotiations for one purpose."""
    word = np.random.SeedSequence(int(seed)).generate_state(1, np.uint64)
    numbers = np.asarray(negotiations).astype(np.uint64)
    own = np.uint64((purpose + 1) * int(_M1) % 2**64)
    return mix(mix((numbers + np.uint64(1)) * GOLDEN + word) + own)


def uniforms(stream_keys: Words, count: int, first: int = 0) -> NDArray[np.float64]:
    """Draws first, ..., first + count - 1 of each stream in [0, 1), multiples of 2^-53: shape (len(stream_keys), count), the
    draws of one number contiguous."""
    return _fraction(words(stream_keys, count, first)).T


def words(stream_keys: Words, count: int, first: int = 0) -> Words:
    """The words that ``uniforms`` makes its draws of, shape (count, len(stream_keys))."""
    counters = np.arange(first + 1, first + count + 1, dtype=np.uint64) * GOLDEN
    return mix(counters[:, None] + stream_keys)


def below(words: Words, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which words make draws below these bounds in (0, 1]; bounds broadcast against words."""
    last = np.ceil(bounds * 2.0**53).astype(np.uint64) - np.uint64(1)  # of the multiples of 2^-53 below the bound
    return np.asarray(words <= (last << _S11) + np.uint64(2**11 - 1))


def draws(
    stream_keys: Words, stages: NDArray[np.integer], first: int | NDArray[np.integer], count: int = 1
) -> NDArray[np.float64]:
    """Draws in [0, 1) of each stream at its stage, in the slots first, ..., first + count - 1 (below 2^32; first may differ by
    stream): shape (len(stream_keys), count), the draws of one slot contiguous."""
    counters = stages.astype(np.uint64) + np.uint64(1) << _S32
    counters += np.asarray(first).astype(np.uint64)
    slots = np.arange(count, dtype=np.uint64)
    words = slots[:, None] + counters
    words *= GOLDEN
    words += stream_keys
    return _fraction(mix(words)).T


def _fraction(words: Words) -> NDArray[np.float64]:
    words >>= _S11
    return np.asarray(words.view(np.int64) * 2.0**-53)  # signed integers are faster to turn into floats

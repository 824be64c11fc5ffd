# SPDX-License-Identifier: MIT
"""Makes a talk that shows a difference as short as it goes: lines and settings are left out."""
import concurrent.futures
import dataclasses

from duel import judge, world

KEPT_SETTINGS = 3	# in which the two differ when nothing is said


def _shows(talk, kind):
    """One run of the kernel: what is left at the end is judged as a whole."""
    linnet = world.run(talk.text())
    if linnet.status > 1:
        return False
    found = judge.compare(linnet, world.run(talk.text(), True))
    return bool(found) and found.kind == kind and judge.is_steady(talk, linnet)


def _without_lines(talk, size):
    """Variants, each without `size` lines that follow each other."""
    loose = [i for i, line in enumerate(talk.lines) if not line.kept]
    for at in range(len(loose) - size, -1, -size):
        gone = set(loose[at:at + size])
        yield dataclasses.replace(talk, lines=tuple(
            line for i, line in enumerate(talk.lines) if i not in gone))


def _without_settings(talk, size):
    for at in range(KEPT_SETTINGS, len(talk.settings), size):
        yield dataclasses.replace(talk, settings=talk.settings[:at] + talk.settings[at + size:])


def _shorter(talk):
    """Ends with its last line."""
    return dataclasses.replace(talk, end=max(line.at for line in talk.lines))


def shrink(talk, kind, jobs):
    """Return: the shortest talk found that shows a difference of that kind."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        size = max(1, len(talk.lines) // 3)
        while size:
            variants = [*_without_lines(talk, size), *(_without_settings(talk, size))]
            shown = list(pool.map(lambda t: _shows(t, kind), variants))
            good = [t for t, s in zip(variants, shown) if s]
            if good:
                talk = min(good, key=lambda t: len(t.text()))
            else:
                size //= 2
    return talk

# SPDX-License-Identifier: MIT
"""A talk that is being drawn, of one connection or several: linnet is asked how things stand.

After each step that is what it has sent so far, and what its timers will send when nothing else
happens. A step is put well before or well behind each of those times, since the kernel's timers
are late by up to an eighth: so a talk means the same in real time.
"""
import random

from duel import world
from duel.talk import TICKS, Talk

LIMIT = 6 * TICKS	# a talk is not longer by much
AHEAD = 4 * TICKS	# so far linnet's timers are looked at
GAPS = [110, 170, 220, 270, 570, 630, 1230, 3110]


class Drawing:
    def __init__(self, seed, settings):
        """settings: of a random.Random, the talk's"""
        self.r = random.Random(seed)
        version = self.r.choice(["ipv4"] * 6 + ["ipv6"] * 5 + ["ipv4-mapped-ipv6"])
        self.talk = Talk(f"seed {seed}", version, tuple(settings(self.r)), (), 0)
        self.now = 0
        self.heard, self.coming, self.said = [], [], []

    def setting(self, name):
        return next((s.split("=")[1] for s in self.talk.settings if f".{name}=" in s), None)

    def say(self, text, kept=False):
        self.talk = self.talk.with_line(self.now, text, kept)

    def hear(self):
        """Runs what there is."""
        outcome = world.run(self.talk.text(self.now + AHEAD))
        self.status, self.told, self.said = outcome.status, outcome.told, outcome.said
        sent = [p for p in outcome.packets if p.out]
        self.heard = [p for p in sent if p.at * TICKS <= self.now + 1]
        self.coming = [p for p in sent if p.at * TICKS > self.now + 1]

    # ---- time ----

    def _armed(self, port):
        """Since when timers of a connection follow each other: what the kernel is late by adds
        up."""
        seen, at = 0, self.now
        for p in self.heard:
            end = p.seq + p.size
            if p.port == port and (end > seen or not p.size):
                at, seen = int(p.at * TICKS), max(end, seen)
        return min(at, self.now)

    def _edges(self):
        """Around each packet that a timer will send: from when until when nothing may happen."""
        for p in self.coming:
            at = int(p.at * TICKS)
            yield at - 60, at + 120 + (at - self._armed(p.port) + 2500) // 8

    def clear(self, at):
        for low, high in self._edges():
            if low <= at <= high:
                at = high
        return at

    def move_on(self):
        """To the time of the next step. Return: whether there is one."""
        gap = self.r.choice(GAPS)
        if self.coming and self.r.random() < .3:
            p = self.r.choice(self.coming[:3])
            gap = int(p.at * TICKS) - self.now + 1
        self.now = self.clear(self.now + gap)
        return self.now < LIMIT

# SPDX-License-Identifier: MIT
"""A talk: settings, and lines at their times; as text it is a script of `linnet drill`.

Times are tenths of a millisecond since the beginning. Each line stands by itself, so that any of
them may be left out; "kept" are those without which the rest has no meaning (the handshake).
"""
import dataclasses

TICKS = 10000  # in a second


@dataclasses.dataclass(frozen=True)
class Line:
    at: int
    text: str
    kept: bool = False

    def written(self):
        """Lines of one step follow each other at once."""
        first, *rest = self.text.split("\n")
        return "\n".join([f"{self.at / TICKS:.4f} {first}", *(f"+0 {r}" for r in rest)])


@dataclasses.dataclass(frozen=True)
class Talk:
    name: str
    version: str
    settings: tuple
    lines: tuple
    end: int

    def with_line(self, at, text, kept=False):
        return dataclasses.replace(self, lines=(*self.lines, Line(at, text, kept)),
                                   end=max(self.end, at))

    def with_line_at(self, at, text):
        """Where its time is, among the others."""
        before = [line for line in self.lines if line.at <= at]
        return dataclasses.replace(self, lines=(*before, Line(at, text), *self.lines[len(before):]))

    def text(self, end=None):
        """end: when it ends, if later than its last line."""
        at = (self.end if end is None else end) / TICKS
        return "\n".join([f"// {self.name}", f"--ip_version={self.version}",
                          "--skip_unawaited",
                          f"--mtu={1500 if self.version != 'ipv6' else 1520}",
                          "`" + "\n".join(f"sysctl -q {s}" for s in self.settings) + "`",
                          *(line.written() for line in self.lines),
                          f"{at:.4f} `true`"]) + "\n"

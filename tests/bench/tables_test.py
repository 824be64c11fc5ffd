#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a flow gets under loss is what tests/golden/goodput.tsv says, to the byte, and what flows
leave each other is what fairness.tsv says: a change of TCP's behaviour shows as a diff of these.

Here a part of the tables that costs little; `make tables` makes all of them anew.
"""
import concurrent.futures
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import tables

CHEAP = 120_000_000	# bytes that a run moves


def cheap(cell, values):
    stack, _, loss, _, rtt, buffer = cell
    return (stack == "linnet" and buffer == 1 and
            (values[0] < CHEAP or rtt == 10 and not loss))


def differences(pool, name, measure, keys, golden):
    bad = 0
    for cell, got in zip(golden, pool.map(measure, golden)):
        if list(map(str, got)) != list(map(str, golden[cell])):
            bad += 1
            words = ", ".join(f"{k} {v}" for k, v in zip(keys, cell))
            print(f"{name}: {words}:\n  golden {golden[cell]}\n  now    {got}")
    print(f"{name}: {len(golden)} cells, {bad} differ")
    return bad


def main():
    if not os.access(tables.program(), os.X_OK):
        print(f"{tables.program()} is not built")
        return 77
    one = {c: v for c, v in tables.read_tsv("goodput.tsv", tables.GOODPUT_KEYS).items()
           if cheap(c, v)}
    many = {c: v for c, v in tables.read_tsv("fairness.tsv", tables.FAIRNESS_KEYS).items()
            if c[0] == 2 and "+" in c[1]}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        bad = differences(pool, "goodput", tables.goodput, tables.GOODPUT_KEYS, one)
        bad += differences(pool, "fairness", tables.fairness, tables.FAIRNESS_KEYS, many)
    if not one or not many:
        print("the golden tables are empty")
        return 1
    if bad:
        print("if that is meant: `make tables`, look at the diff of docs/GOODPUT.md, and say why")
    return 1 if bad else 0


sys.exit(main())

#!/usr/bin/env python3
"""Turns the samples of a run into Markdown tables.

report.py SAMPLES: a file of tab-separated lines
    round  row  peer  requests/s  and in percent of a core: server  client  other processes
Rows and peers keep the order of their first appearance.
"""

import statistics
import sys

MIB = 1 << 20


def medians(samples, column):
    groups = {}
    for sample in samples:
        groups.setdefault((sample[1], sample[2]), []).append(float(sample[column]))
    return {key: statistics.median(values) for key, values in groups.items()}


def spread(samples):
    """Largest distance of a sample from the median of its cell, in percent."""
    middle = medians(samples, 3)
    worst = {}
    for sample in samples:
        key = (sample[1], sample[2])
        distance = abs(float(sample[3]) - middle[key]) / middle[key] * 100 if middle[key] else 0
        worst[sample[1]] = max(worst.get(sample[1], 0), distance)
    return worst


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        samples = [line.rstrip("\n").split("\t") for line in file]
    if not samples:
        sys.exit("no samples")
    rows = list(dict.fromkeys(sample[1] for sample in samples))
    peers = list(dict.fromkeys(sample[2] for sample in samples))
    rate = medians(samples, 3)
    worst = spread(samples)
    ours = [peer for peer in peers if peer.startswith("doorbell")]
    theirs = [peer for peer in peers if not peer.startswith("doorbell")]

    def value(row, peer):
        if (row, peer) not in rate:
            return "–"
        requests = rate[row, peer]
        return f"{requests:,.0f} MiB/s" if "-1m-" in row else f"{requests:,.0f}"

    print("Requests per second for 4 KiB ranges, blocks per second for vec64, MiB/s for 1 MiB ranges; medians.\n")
    table(
        ["row"] + peers + ["largest deviation"],
        [[row] + [value(row, peer) for peer in peers] + [f"{worst[row]:.0f} %"] for row in rows],
    )
    if ours and theirs:
        print("Ratios; above 1.00 doorbell is ahead.\n")
        pairs = [(mine, other) for mine in ours for other in theirs]
        table(
            ["row"] + [f"{mine} / {other}" for mine, other in pairs],
            [
                [row]
                + [
                    f"{rate[row, mine] / rate[row, other]:.2f}"
                    if rate.get((row, mine)) and rate.get((row, other))
                    else "–"
                    for mine, other in pairs
                ]
                for row in rows
            ],
        )
    server, client, other = (medians(samples, column) for column in (4, 5, 6))
    print(
        "Processor use, server / client / others, in percent of one core. With the client at 100 the row shows\n"
        "the client's limit; with neither near 100 the two wait for one another, as on one connection.\n"
    )
    table(
        ["row"] + peers,
        [
            [row]
            + [
                f"{server[row, peer]:.0f} / {client[row, peer]:.0f} / {other[row, peer]:.0f}"
                if (row, peer) in server
                else "–"
                for peer in peers
            ]
            for row in rows
        ],
    )


main()

"""The dashboard of quality as other engines compute it, from the data that the example `dashboard` writes.

    python3 dashboard.py ENGINE DIR REPEAT

ENGINE is polars, duckdb (sums of the dashboard), polars-survey or numpy-survey (intervals of the survey). The data are loaded first, with the
region, the cluster and the budget of each fact beside it. What is timed is the sums and the figures; the figures are written to
DIR/ENGINE.txt, and one JSON object says how long they took. Sums are whole numbers; quotients are binary floating point, as these engines
have it, which is enough for the six digits that are compared.
"""

import json
import sys
import time

import numpy as np

INDICATORS_PER = 10  # areas
REGIONS = 20
LOWEST_BUDGET = 20
CAP = 50.0
STRATA, FACTORS = 4, 5
POPULATION, Z = 1_000_000, 1.96


def columns(path, names):
    """The columns of a file: 32-bit whole numbers, one column after the other."""
    data = np.fromfile(path, dtype="<i4").reshape(len(names), -1)
    return dict(zip(names, data))


def facts(place):
    """Every fact of the two years that are compared, in 64 bits, with its budget."""
    found = columns(f"{place}/facts.bin", ["indicator", "office", "region", "cluster", "month", "numerator", "denominator"])
    found["due"] = found["denominator"].astype(np.int64) * (LOWEST_BUDGET + found["cluster"])
    found["numerator"], found["denominator"] = found["numerator"].astype(np.int64), found["denominator"].astype(np.int64)
    return found


def figures(indicator, region, year, numerator, denominator, due):
    """Indices and contributions from the sums by indicator, region and year: arrays by indicator and region."""
    count = indicator.max() + 1
    shape = (2, count, REGIONS)
    n, d, b = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    place = (year, indicator, region)
    n[place], d[place], b[place] = numerator, denominator, due
    weights = np.full(count, 1 / count)
    found = []
    for against in ("budget", "previous"):
        now_n, now_d = n[1], d[1]
        then_n, then_d = (b[1], now_d) if against == "budget" else (n[0], d[0])
        all_now, all_then = now_d.sum(1, keepdims=True), then_d.sum(1, keepdims=True)
        ratio, reference = now_n.sum(1, keepdims=True) / all_now, then_n.sum(1, keepdims=True) / all_then
        # Lower is better.
        distance = (reference - ratio) / np.abs(reference) * 100
        capped = np.clip(distance, -CAP, CAP)
        factor = -100 / np.abs(reference) * np.where(distance == 0, 1, capped / np.where(distance == 0, 1, distance))
        own_ratio, then_ratio = now_n / now_d, then_n / then_d
        own = now_d / all_now * (own_ratio - then_ratio) * factor
        mix = (now_d / all_now - then_d / all_then) * (then_ratio - reference) * factor
        index = 100 + capped[:, 0]
        areas = np.arange(count) % INDICATORS_PER
        sizes = np.bincount(areas)
        shares = weights.copy()
        own, mix = own * shares[:, None], mix * shares[:, None]
        own_of, mix_of = own.sum(1), mix.sum(1)
        found.append(
            {
                "index": index,
                "areas": (np.bincount(areas, index) / sizes, np.bincount(areas, own_of), np.bincount(areas, mix_of)),
                "indicators": (own_of, mix_of),
                "regions": (own.sum(0), mix.sum(0)),
                "whole": (index.mean(), own_of.sum(), mix_of.sum()),
            }
        )
    return found


def shown(value):
    text = f"{value:.6f}"
    return "0.000000" if text == "-0.000000" else text


def lines(found):
    """The figures in the order in which ours are written: sections, areas with their indicators, regions."""
    for one in found:
        index, own, mix = one["whole"]
        yield f"PRODUCTION {shown(index)} {shown(own)} {shown(mix)}"
        for area in range(INDICATORS_PER):
            index, own, mix = (column[area] for column in one["areas"])
            yield f"A{area} {shown(index)} {shown(own)} {shown(mix)}"
            for number in range(area, len(one["index"]), INDICATORS_PER):
                own, mix = (column[number] for column in one["indicators"])
                yield f"I{number:03} {shown(one['index'][number])} {shown(own)} {shown(mix)}"
        for region in range(REGIONS):
            own, mix = (column[region] for column in one["regions"])
            yield f"REG_{region:02}  {shown(own)} {shown(mix)}"


def polars(place):
    import polars as pl

    frame = pl.DataFrame(facts(place))

    def run():
        sums = (
            frame.lazy()
            .filter(pl.col("month") < 24)
            .group_by("indicator", "region", pl.col("month") // 12)
            .agg(pl.col("numerator").sum(), pl.col("denominator").sum(), pl.col("due").sum())
            .collect()
        )
        names = ["indicator", "region", "month", "numerator", "denominator", "due"]
        return figures(*(sums[name].to_numpy() for name in names))

    return run, lines


def duckdb(place):
    import duckdb

    engine = duckdb.connect()
    loaded = facts(place)
    engine.execute("create table facts as select * from loaded")

    def run():
        sums = engine.execute(
            "select indicator, region, month // 12 as year, sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator, "
            "sum(due)::bigint as due from facts where month < 24 group by all"
        ).fetchnumpy()
        return figures(*(np.asarray(sums[name]) for name in ["indicator", "region", "year", "numerator", "denominator", "due"]))

    return run, lines


def estimates(counts):
    """Mean and half the width of the interval of every factor, from the answers by factor, stratum and mark."""
    marks = np.arange(1, 6)
    answers = counts.sum(2)
    total, squares = (counts * marks).sum(2), (counts * marks**2).sum(2)
    mean = total / answers
    variance = (squares - answers * mean**2) / (answers - 1) / answers * (1 - answers / POPULATION)
    share = 1 / STRATA
    error = np.ceil(np.sqrt((variance * share**2).sum(1)) * 1e6) / 1e6
    return (mean * share).sum(1), error * Z


def survey_lines(found):
    for factor, (mean, margin) in enumerate(zip(*found)):
        yield f"F{factor} {shown(mean)} {shown(margin)}"


def numpy_survey(place):
    answers = columns(f"{place}/answers.bin", ["factor", "stratum", "mark"])
    factor, stratum, mark = answers["factor"], answers["stratum"], answers["mark"]

    def run():
        code = (factor * STRATA + stratum) * 5 + mark - 1
        return estimates(np.bincount(code, minlength=FACTORS * STRATA * 5).reshape(FACTORS, STRATA, 5))

    return run, survey_lines


def polars_survey(place):
    import polars as pl

    frame = pl.DataFrame(columns(f"{place}/answers.bin", ["factor", "stratum", "mark"]))

    def run():
        sums = frame.lazy().group_by("factor", "stratum", "mark").agg(pl.len()).collect()
        counts = np.zeros((FACTORS, STRATA, 5), dtype=np.int64)
        counts[sums["factor"].to_numpy(), sums["stratum"].to_numpy(), sums["mark"].to_numpy() - 1] = sums["len"].to_numpy()
        return estimates(counts)

    return run, survey_lines


ENGINES = {"polars": polars, "duckdb": duckdb, "numpy-survey": numpy_survey, "polars-survey": polars_survey}


def main():
    engine, place, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3])
    try:
        run, written = ENGINES[engine](place)
    except ImportError as missing:
        print(json.dumps({"absent": str(missing)}))
        return
    times = []
    for _ in range(repeat):
        started = time.perf_counter_ns()
        found = run()
        times.append(time.perf_counter_ns() - started)
    with open(f"{place}/{engine}.txt", "w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in written(found))
    print(json.dumps({"us": min(times) // 1000}))


main()

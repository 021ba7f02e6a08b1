#!/usr/bin/env python3
"""Fifteen public tables: what `ppl infer --check` proposes and fits, against the textbook model of each table.

    pip install --no-deps -r benches/tables/requirements.txt
    python3 benches/tables/tables.py prepare DIR                    DIR/NAME.csv, and DIR/NAME.data.json for the textbook model
    python3 benches/tables/tables.py kinds DIR --ppl PPL --weights FILE
    python3 benches/tables/tables.py bind DIR --ppl PPL             every textbook model takes its data, and has a density
    python3 benches/tables/tables.py run DIR --ppl PPL --split development [--only NAME] [--weights FILE] [--infer=ARGUMENT]...

`run` writes DIR/results.json after each table, and keeps there what it says of other tables. README.md says what is meant to come out.
Packages are only read: their data files, as they are installed.
"""
import argparse, csv, importlib.util, io, json, os, re, subprocess, sys, tarfile, tempfile, time, tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
NOTHING = ("", "NA")
# a difference that is as good as none
NEAR = 4.0

# ----- tables


def tables(only=None, split=None):
    with open(os.path.join(HERE, "tables.toml"), "rb") as file:
        all_of_them = tomllib.load(file)["table"]
    names = [table["name"] for table in all_of_them]
    for name in only or ():
        if name not in names:
            sys.exit(f"there is no table {name}: {', '.join(names)}")
    return [t for t in all_of_them if (not only or t["name"] in only) and (not split or t["split"] == split)]


def package(name):
    found = importlib.util.find_spec(name)
    if found is None:
        sys.exit(f"{name} is not installed: pip install --no-deps -r {os.path.join(HERE, 'requirements.txt')}")
    return os.path.dirname(found.origin)


def published(table):
    """Names of columns, and rows, as the package has them."""
    if table["package"] == "typed":
        text = open(os.path.join(HERE, "typed", f"{table['name']}.csv"), encoding="utf-8").read()
    elif table["package"] == "palmerpenguins":
        text = open(os.path.join(package("palmerpenguins"), "data", f"{table['item']}.csv"), encoding="utf-8").read()
    else:
        with tarfile.open(os.path.join(package("pydataset"), "resources.tar.gz")) as archive:
            wanted = f"csv/{table['item']}.csv"
            member = next(name for name in archive.getnames() if name.endswith(wanted))
            text = archive.extractfile(member).read().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    return rows[0], rows[1:]


def rows_of(table):
    """Rows of the table's own columns, as text."""
    names, rows = published(table)
    places = {name: names.index(name) for name in table["columns"]}
    ranks, factor, need = table.get("ranks", {}), table.get("factor", {}), table.get("need", [])

    def cell(name, text):
        if text in NOTHING:
            return ""
        if name in ranks:
            return str(ranks[name].index(text) + 1)
        return f"{float(text) * factor[name]:.10g}" if name in factor else text

    rows = [row for row in rows if all(row[places[name]] not in NOTHING for name in need)]
    return [[cell(name, row[at]) for name, at in places.items()] for row in rows]


def coded(cells):
    """Levels in the order of numbers, or of words, from 1 on: as `ppl infer` does it."""
    try:
        levels = sorted({cell for cell in cells if cell}, key=float)
    except ValueError:
        levels = sorted({cell for cell in cells if cell})
    return [levels.index(cell) + 1 if cell else None for cell in cells], len(levels)


def number(cell):
    return int(cell) if re.fullmatch(r"-?\d+", cell) else float(cell)


def data_of(table, rows):
    """Data in Stan's JSON, of the same rows and by the same names as programs that `ppl infer` writes."""
    columns = dict(zip(table["columns"], zip(*rows)))
    kinds = table["kinds"]
    outcome = [place for place, cell in enumerate(columns[table["outcome"]]) if cell]
    data = {"N": len(outcome)}
    for name, cells in columns.items():
        kind = kinds[name]
        codes, count = coded(cells)
        own = "y" if name == table["outcome"] else re.sub(r"\W", "_", name).strip("_")
        if kind in ("group", "ordinal", "binary"):
            values = [None if code is None else code - (kind == "binary") for code in codes]
        else:
            values = [number(cell) if cell else None for cell in cells]
        data[own] = [values[place] for place in outcome]
        if None in data[own]:
            sys.exit(f"{table['name']}: {name} is missing in a row with an outcome; name it in `need`")
        if kind in ("group", "ordinal"):
            data["K" if own == "y" else f"J_{own}"] = count
    return data


def place(a, table, end):
    return os.path.join(a.folder, f"{table['name']}.{end}")


def outcome_kind(table):
    return table["kinds"][table["outcome"]]


def model(table):
    return os.path.join(HERE, "models", table["model"])


# ----- commands of ppl


class Failed(Exception):
    """A command failed; what it says of that."""


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()
        raise Failed(next((line for line in words if "error" in line), words[-1]))
    return done.stdout


def infer(a, table, flags, *more):
    weights = ["--weights", a.weights] if a.weights else []
    command = [a.ppl, "infer", place(a, table, "csv"), *weights, "--outcome", table["outcome"], *flags, "--json", *more]
    return json.loads(call(*command))


def value_and_se(said):
    """A number with a standard error, or a bare number, or nothing."""
    if isinstance(said, dict):
        return said.get("value", said.get("elpd")), said.get("se")
    return said, None


def checked(report):
    """What is needed of the answer of `ppl infer --check --json`: the only place that knows its shape."""
    checks = report.get("checks")
    if checks is None:
        raise Failed("the answer has no `checks`: is this a ppl whose infer has --check?")
    elpd, se = value_and_se(checks["stacked_elpd"])
    programs = checks.get("programs", [])
    heaviest = max(programs, key=lambda own: own.get("weight") or 0.0, default={})
    menu, menu_se = value_and_se(checks.get("menu", report.get("menu")))
    top = report["programs"][0]
    return {
        "summary": top["summary"],
        "probability": top["probability"],
        "elpd": elpd,
        "se": se,
        "programs": programs,
        "not_fitted": checks.get("failed", []),
        "heaviest": heaviest.get("rank"),
        "menu": menu,
        "menu_se": menu_se,
    }


def textbook(a, table):
    """What is needed of `ppl loo --json` of the textbook model: elpd, its standard error, units whose k stays high."""
    report = json.loads(call(a.ppl, "loo", model(table), "--data", place(a, table, "data.json"), "--json"))
    if len(report["units"]) != table["rows"]:
        raise Failed(f"the textbook model has {len(report['units'])} units, and the table {table['rows']} rows")
    return {"elpd": report["elpd"]["value"], "se": report["elpd"]["se"], "bad": report["bad"]}


def density(a, table, point=0.1):
    """The log density at a point, and the number of unconstrained parameters, which is found by asking."""
    with tempfile.TemporaryDirectory() as folder:
        points = os.path.join(folder, "points.json")

        def at(count):
            with open(points, "w") as file:
                json.dump([[point] * count], file)
            data = place(a, table, "data.json")
            return call(a.ppl, "log-prob", model(table), "--data", data, "--points", points, "--json")

        try:
            return json.loads(at(1)), 1
        except Failed as error:
            expected = re.search(r"expected (\d+) unconstrained", str(error))
            if not expected:
                raise
            return json.loads(at(int(expected[1]))), int(expected[1])


# ----- subcommands


def prepare(a):
    os.makedirs(a.folder, exist_ok=True)
    for table in tables(a.only):
        rows = rows_of(table)
        data = data_of(table, rows)
        if data["N"] != table["rows"]:
            sys.exit(f"{table['name']}: {data['N']} rows, and {table['rows']} are meant")
        with open(place(a, table, "csv"), "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([table["columns"], *rows])
        with open(place(a, table, "data.json"), "w") as file:
            json.dump(data, file)
        groups = ", ".join(f"{name[2:]} {count}" for name, count in data.items() if name.startswith("J_"))
        print(f"{table['name']:11} {table['split']:11} {outcome_kind(table):9} {data['N']:4} rows  {groups}".rstrip())


def bind(a):
    """Nothing is fitted, so final tables stay closed."""
    failed = 0
    for table in tables(a.only):
        try:
            call(a.ppl, "check", model(table))
            answer, count = density(a, table)
            if not isinstance(answer["points"][0]["lp"], float):
                raise Failed("no finite log density")
            print(f"{table['name']:11} {count:3} unconstrained parameters, finite density")
        except Failed as error:
            failed += 1
            print(f"{table['name']:11} failed: {error}")
    sys.exit(failed > 0)


def kinds(a):
    """Kinds as they are guessed where only the outcome is told, and as they are with the flags. Proposals are not shown."""
    failed = 0
    for table in tables(a.only):
        meant = table["kinds"]
        for what, flags in [("guessed", []), ("with flags", table["flags"])]:
            try:
                with tempfile.TemporaryDirectory() as folder:
                    report = infer(a, table, flags, "--top", "1", "--out", folder)
                    data = json.load(open(os.path.join(folder, "data.json")))
            except Failed as error:
                print(f"{table['name']:11} {what:10} {error}")
                continue
            read = {own["name"]: own.get("kind") or own["reason"] for own in report["columns"]}
            other = [f"{name} is {read.get(name)}, not {kind}" for name, kind in meant.items() if read.get(name) != kind]
            if flags or not table["flags"]:
                failed += bool(other)
                own = json.load(open(place(a, table, "data.json")))
                other += [f"data: {name} differs" for name in own if not same(own, data, name)]
            print(f"{table['name']:11} {what:10} {'; '.join(other) or 'as meant'}")
    sys.exit(failed > 0)


def same(own, other, name):
    """Rows may be in another order, that of time."""
    ordered = lambda data: sorted(data[name]) if isinstance(data.get(name), list) else data.get(name)
    return ordered(own) == ordered(other)


def run(a):
    path = os.path.join(a.folder, "results.json")
    results = json.load(open(path)) if os.path.exists(path) else {}
    chosen = tables(a.only, a.split)
    if not chosen:
        sys.exit("no such table is in this split")
    figures = f"{'stacked':>9} {'textbook':>9} {'differs':>8} {'menu':>9} {'differs':>8} {'seconds':>7}"
    print(f"{'table':11} {'kind':9} {'rows':>4} {figures}  top proposal")
    for table in chosen:
        own = evaluated(a, table)
        results[table["name"]] = own
        with open(path, "w") as file:
            json.dump(results, file, indent=1)
        print(line(own), flush=True)
    done = [results[table["name"]] for table in chosen]
    for what in ("textbook", "menu", "both"):
        held = [own for own in done if near(own, what)]
        known = [own for own in done if near(own, what) is not None]
        print(f"{what}: within {NEAR:g} or above on {len(held)} of {len(known)} tables with figures, {len(done)} in all")


def evaluated(a, table):
    own = {"name": table["name"], "split": table["split"], "kind": outcome_kind(table), "rows": table["rows"], "failed": {}}
    for key, what in [
        ("inferred", lambda: checked(infer(a, table, table["flags"], "--check", *a.infer))),
        ("textbook", lambda: textbook(a, table)),
    ]:
        start = time.monotonic()
        try:
            own[key] = what()
        except Failed as error:
            own["failed"][key] = str(error)
            own[key] = None
        own[f"{key}_seconds"] = round(time.monotonic() - start, 1)
    return own


def elpds(own):
    """Of the stack, the textbook and the menu; None where there is none."""
    inferred, textbook = own["inferred"] or {}, own["textbook"] or {}
    return inferred.get("elpd"), textbook.get("elpd"), inferred.get("menu")


def near(own, what):
    """Whether the stack is within NEAR of it, or above; None where a figure is missing."""
    stacked, textbook, menu = elpds(own)
    others = {"textbook": [textbook], "menu": [menu], "both": [textbook, menu]}[what]
    if stacked is None or None in others:
        return None
    return all(stacked >= other - NEAR for other in others)


def line(own):
    stacked, textbook, menu = elpds(own)
    shown = lambda x, width=9: f"{x:{width}.1f}" if x is not None else "-".rjust(width)
    less = lambda x: None if None in (x, stacked) else stacked - x
    differs = lambda x: shown(less(x), 8)
    seconds = own["inferred_seconds"] + own["textbook_seconds"]
    inferred = own["inferred"]
    top = f"{inferred['summary']} ({inferred['probability']:.2f})" if inferred else ""
    if own["textbook"] and own["textbook"]["bad"]:
        top += f"  [{own['textbook']['bad']} rows of the textbook have a high k]"
    top += "".join(f"  [{key} failed: {why}]" for key, why in own["failed"].items())
    return (
        f"{own['name']:11} {own['kind']:9} {own['rows']:4} {shown(stacked)} {shown(textbook)} {differs(textbook)} {shown(menu)} "
        f"{differs(menu)} {seconds:7.1f}  {top}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, function in [("prepare", prepare), ("kinds", kinds), ("bind", bind), ("run", run)]:
        own = commands.add_parser(command)
        own.set_defaults(function=function)
        own.add_argument("folder", metavar="DIR")
        own.add_argument("--only", action="append", metavar="NAME")
        if command != "prepare":
            own.add_argument("--ppl", required=True, metavar="PATH")
        if command in ("kinds", "run"):
            own.add_argument("--weights", metavar="FILE", help="weights, where those that ship are not meant")
        if command == "run":
            own.add_argument("--split", required=True, choices=["development", "final"])
            own.add_argument("--infer", action="append", default=[], metavar="ARGUMENT", help="one more argument of `ppl infer`")
    a = parser.parse_args()
    a.function(a)


if __name__ == "__main__":
    main()

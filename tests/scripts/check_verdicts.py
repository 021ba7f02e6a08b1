#!/usr/bin/env python3
"""Compare `ppl check` with the verdicts of stanc on real Stan files.

    python3 tests/scripts/check_verdicts.py --ppl PPL --verdicts verdicts.csv --root ROOT [--out report.csv]

ROOT holds the corpora named by the first part of each path in verdicts.csv (posteriordb, example-models, stanc3).
Prints, per corpus and verdict, how many files agree, and for rejects on how many the first error's line agrees; the
disagreements go to --out. Exit status 1 if a share is below the required one or if `ppl` crashed or hung on a file.
"""
import argparse, collections, concurrent.futures, csv, json, os, re, subprocess, sys

REQUIRED = {"accept": 0.97, "reject": 0.95, "line": 0.85}


def check(ppl, path, seconds):
    try:
        p = subprocess.run([ppl, "check", "--json", path], capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hang", None, ""
    out = p.stdout.decode("utf-8", "replace")
    errors = []
    for line in out.splitlines():
        try:
            d = json.loads(line)
        except ValueError:
            continue
        if isinstance(d, dict) and d.get("severity") == "error":
            errors.append(d)
    if p.returncode not in (0, 2):
        return "crash", None, p.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    if p.returncode == 0:
        return ("crash", None, "exit 0 with errors") if errors else ("accept", None, "")
    if not errors:
        return "crash", None, "exit 2 without a JSON error: " + out[:200]
    first = min(errors, key=lambda d: (d.get("line") or 0, d.get("column") or 0))
    return "reject", first.get("line"), f"{first.get('code')} {first.get('message')}"


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--verdicts", required=True)
    a.add_argument("--root", required=True)
    a.add_argument("--out")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--seconds", type=float, default=20, help="limit per file")
    a = a.parse_args()
    with open(a.verdicts, newline="") as f:
        rows = list(csv.DictReader(f))
    missing = [r["path"] for r in rows if not os.path.exists(os.path.join(a.root, r["path"]))]
    if missing:
        sys.exit(f"{len(missing)} files are not under {a.root}, first {missing[0]}")
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        results = list(pool.map(lambda r: check(a.ppl, os.path.join(a.root, r["path"]), a.seconds), rows))
    count, bad, broken = collections.Counter(), [], 0
    for r, (got, line, message) in zip(rows, results):
        corpus, want = r["path"].split("/")[0], r["verdict"]
        broken += got in ("crash", "hang")
        for c in (corpus, "all"):
            count[c, want] += 1
            count[c, want, "ok"] += got == want
        if got != want:
            bad.append((r["path"], want, got, r["first_error_line"], line or "", r["message"] if want == "reject" else message))
        elif want == "reject":
            m = re.search(r"line (\d+)", r["first_error_line"])
            if m:
                for c in (corpus, "all"):
                    count[c, "line"] += 1
                    count[c, "line", "ok"] += int(m.group(1)) == line
                if int(m.group(1)) != line:
                    bad.append((r["path"], "line " + m.group(1), f"line {line}", r["first_error_line"], line or "", f"{r['message']} | {message}"))
    low = []
    print("| corpus | row | agree | of | share |\n| --- | --- | --: | --: | --: |")
    for c in sorted({k[0] for k in count} - {"all"}) + ["all"]:
        for what in ("accept", "reject", "line"):
            n = count[c, what]
            if n:
                ok = count[c, what, "ok"]
                print(f"| {c} | {what} | {ok} | {n} | {ok / n:.4f} |")
                if ok < REQUIRED[what] * n:
                    low.append(f"{c} {what}")
    print(f"crashes and hangs: {broken}")
    if a.out:
        with open(a.out, "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(["path", "expected", "got", "stanc_line", "our_line", "message"])
            w.writerows(bad)
        print(f"{len(bad)} disagreements in {a.out}")
    if low:
        print("below the required share: " + ", ".join(low))
    sys.exit(1 if low or broken else 0)


if __name__ == "__main__":
    main()

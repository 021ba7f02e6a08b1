#!/usr/bin/env python3
"""A local cluster of two worker processes fills a corpus; one worker and its `ppl` are killed in the middle. The corpus is whole, and the
same as one that was filled without Ray.

    python3 scale/test_fill.py --ppl target/debug/ppl
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

import ray

import fill


def parents():
    """Parent of each process of this machine."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # the name, in brackets, may hold anything
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                pass
    return found


def descendants(process, parent_of):
    own = {process}
    while True:
        more = {child for child, parent in parent_of.items() if parent in own} - own
        if not more:
            return own - {process}
        own |= more


def command_line(process):
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def kill_a_worker(corpus, killed):
    """Waits for the first committed shard, then kills a worker that is at work, and what it started."""
    deadline = time.time() + 300
    while time.time() < deadline:
        parent_of = parents()
        own = descendants(os.getpid(), parent_of)
        workers = [process for process in own if command_line(process).startswith("ray::append")]
        busy = [worker for worker in workers if descendants(worker, parent_of)]
        if busy and any((corpus / "shards").glob("*.json")):
            victims = [busy[0], *descendants(busy[0], parent_of)]
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            killed.append((len(workers), victims))
            return
        time.sleep(0.01)


def ppl(command, *arguments):
    done = subprocess.run([command, "corpus", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--ppl", default="ppl")
    parser.add_argument("--n", type=int, default=1200)
    arguments = parser.parse_args()
    command = str(pathlib.Path(arguments.ppl).resolve()) if os.sep in arguments.ppl else arguments.ppl
    with tempfile.TemporaryDirectory() as folder:
        corpora = [pathlib.Path(folder) / name for name in ("with-ray", "without")]
        for corpus in corpora:
            ppl(command, "new", corpus, "--grammar", "bounded", "--seed", 5, "--rows", "5..50", "--shard-size", 50)
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        killed = []
        killer = threading.Thread(target=kill_a_worker, args=(corpora[0], killed))
        killer.start()
        start = time.time()
        fill.fill(command, str(corpora[0]), arguments.n, shares=6)
        print(f"filled in {time.time() - start:.1f} s")
        killer.join()
        ray.shutdown()
        assert killed, "no worker was killed"
        workers, victims = killed[0]
        print(f"workers {workers}; killed: worker {victims[0]}, and below it {victims[1:]}")
        ppl(command, "append", corpora[1], "--n", arguments.n, "--quiet")
        found = [json.loads(ppl(command, "verify", corpus, "--json", "--redraw", 20)) for corpus in corpora]
        for corpus, report in zip(corpora, found):
            print(corpus.name, {key: report[key] for key in ("shards", "programs", "ranges", "contents", "redrawn", "damaged")})
        assert found[0]["contents"] == found[1]["contents"]
        assert found[0]["ranges"] == [f"grammar 0..{arguments.n}"] and not found[0]["damaged"]
        files = [sorted((corpus / "shards").iterdir()) for corpus in corpora]
        whole = [[file for file in own if not file.name.startswith(".")] for own in files]
        assert [f.name for f in whole[0]] == [f.name for f in whole[1]]
        assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*whole))
        print(f"{len(whole[0])} files are the same to the byte")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Fills a corpus on a Ray cluster: each task is `ppl corpus append --shard I/N`, which is deterministic and idempotent, so a task that is
lost with its worker is run again anywhere and makes only what is not there.

The folder of the corpus, and the command `ppl`, have to be at the same path on all machines of the cluster.
"""

import argparse
import subprocess
import sys

import ray


class AppendFailed(Exception):
    """A failure at run time, exit code 1: a full disk, a lost file system. Another attempt may succeed."""


class Mistake(Exception):
    """A mistake of the caller's, exit code 2: no attempt will succeed."""


def append(ppl, corpus, n, first, share, shares, threads):
    """Makes one share; returns the last line of what ppl says."""
    command = [ppl, "corpus", "append", corpus, "--n", str(n), "--from", str(first)]
    command += ["--shard", f"{share}/{shares}", "--threads", str(threads), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout.strip()
    message = f"share {share}/{shares}: exit code {done.returncode}: {done.stderr.strip()}"
    raise Mistake(message) if done.returncode == 2 else AppendFailed(message)


def fill(ppl, corpus, n, first=0, shares=8, threads=1, retries=3, say=print):
    """Runs all shares on the cluster that `ray.init` was called for.

    Raises the last failure of a share, once the other shares are done.
    """
    task = ray.remote(num_cpus=threads, max_retries=retries, retry_exceptions=[AppendFailed])(append)
    share_of = {task.remote(ppl, corpus, n, first, share, shares, threads): share for share in range(shares)}
    waiting, failure = list(share_of), None
    while waiting:
        ready, waiting = ray.wait(waiting)
        for done in ready:
            try:
                say(f"share {share_of[done]}/{shares}: {ray.get(done)}")
            except Exception as error:  # the other shares are worth having
                say(f"share {share_of[done]}/{shares}: failed")
                failure = error
    if failure:
        raise failure


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--ppl", default="ppl", help="the command")
    parser.add_argument("--corpus", required=True, help="a folder that `ppl corpus new` made")
    parser.add_argument("--n", type=int, required=True, help="how many pairs")
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first pair")
    parser.add_argument("--shards", type=int, default=8, help="shares of the work, one a task")
    parser.add_argument("--threads", type=int, default=1, help="threads, and cores, of a task")
    parser.add_argument("--retries", type=int, default=3, help="further attempts at a share whose worker is lost or fails")
    parser.add_argument("--address", help="of the cluster; without it, one is started on this machine")
    parser.add_argument("--workers", type=int, help="processes at once of a cluster that is started here; a core each by default")
    arguments = parser.parse_args()
    if arguments.address and arguments.workers:
        parser.error("--workers is for a cluster that is started here")
    cores = arguments.workers * arguments.threads if arguments.workers else None
    ray.init(address=arguments.address, num_cpus=cores, include_dashboard=False, log_to_driver=False)
    try:
        fill(
            arguments.ppl,
            arguments.corpus,
            arguments.n,
            arguments.first,
            arguments.shards,
            arguments.threads,
            arguments.retries,
        )
    except Exception as error:
        sys.exit(f"error: {error}")
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()

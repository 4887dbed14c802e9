"""Measures the memory of short training runs on a CUDA card, each in a fresh process.

usage: python vram.py CASES.jsonl OUT.jsonl [--seconds N] [--skip N]

CASES holds one JSON line per run with `id`, `run` (see vram_run.py) and, where several runs should
share the card, `need`: the bytes that the run may take. Runs start while they fit together; a run
alone on the card measures its context (`--alone`). OUT is CASES with what was measured.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
ONE = "import json,sys;sys.path.insert(0,sys.argv[1]);from vram_run import measure;" \
      "print('RESULT'+json.dumps(measure(json.load(open(sys.argv[2])))))"
#: Bytes outside the allocator that each process is counted with.
CONTEXT = 1_200_000_000


def start(case):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    json.dump(case["run"], file)
    file.close()
    log = tempfile.TemporaryFile("w+")
    process = subprocess.Popen([sys.executable, "-c", ONE, HERE, file.name], stdout=log,
                               stderr=subprocess.STDOUT, text=True)
    return process, log, time.time()


def finish(case, process, log):
    log.seek(0)
    text = log.read()
    line = next((l for l in text.splitlines() if l.startswith("RESULT")), None)
    if line:
        return {**case, **json.loads(line[6:])}
    return {**case, "ok": False, "error": "OOM" if "OutOfMemory" in text else text[-700:]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases")
    parser.add_argument("out")
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--each", type=float, default=150)
    parser.add_argument("--room", type=float, default=78e9)
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    waiting = [json.loads(line) for line in open(asked.cases) if line.strip()]
    running = []
    workers = 1 if asked.alone else asked.workers
    begun = time.time()
    with open(asked.out, "w") as out:
        while waiting or running:
            late = time.time() - begun > asked.seconds
            if late:
                waiting = []
            for item in list(running):
                case, process, log, since = item
                if process.poll() is None:
                    if time.time() - since < asked.each and not late:
                        continue
                    process.kill()
                    process.wait()
                running.remove(item)
                result = finish(case, process, log)
                result["seconds"] = round(time.time() - since, 1)
                out.write(json.dumps(result) + "\n")
                out.flush()
                print(result["id"], result.get("peak_allocated"),
                      (result.get("error") or "")[-300:].replace("\n", " | "), flush=True)
            used = sum(c.get("need", 60e9) + CONTEXT for c, *_ in running)
            for case in list(waiting):
                need = case.get("need", 60e9) + CONTEXT
                if len(running) < workers and (used + need <= asked.room or not running):
                    waiting.remove(case)
                    running.append((case, *start(case)))
                    used += need
            time.sleep(0.2)


main()

"""What a pipeline that `labbook init` wrote, and nobody edited, is worth on tables of others.

  python3 bench/arena/run.py bin/labbook ../shared/arena [SET...]

Each set is a table to learn from and one to be asked about, with what other tools reach with their defaults. For each:
init, run, and predict on the test table without its target; then the arena's own score.py. Regret is 0 for the best of the
other tools and 1 for guessing. The mean is over regrets clipped to -1 to 2, and a command that fails counts 2.
"""
import csv, gzip, os, subprocess, sys, tempfile, time


def unpack(arena, name, part):
    path = os.path.join(arena, name, part + ".csv")
    if os.path.exists(path):
        with open(path, "rb") as f:
            return f.read()
    with gzip.open(path + ".gz") as f:
        return f.read()


def question(folder, target):
    """Writes the test table without the target."""
    with open(os.path.join(folder, "test.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    at = rows[0].index(target)
    with open(os.path.join(folder, "question.csv"), "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(r[:at] + r[at + 1:] for r in rows)


def measure(binary, arena, score, spec, folder):
    """Gives the metrics, or the words of the command that failed."""
    for part in ("train", "test"):
        with open(os.path.join(folder, part + ".csv"), "wb") as f:
            f.write(unpack(arena, spec["name"], part))
    question(folder, spec["target"])
    for command in (["init", "train.csv", "--target", spec["target"]], ["run"], ["predict", "train", "question.csv"]):
        done = subprocess.run([binary, *command], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            return None, f"{command[0]} fails: {done.stderr.strip()[-300:]}"
    answers = os.path.join(folder, "answers.csv")
    with open(answers, "w", encoding="utf-8") as f:
        f.write(done.stdout)
    try:
        return score.score(spec, score.read(os.path.join(folder, "test.csv")), score.numbers(spec, score.read(answers))), ""
    except SystemExit as e:
        return None, str(e)


def main():
    binary, arena, wanted = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    if not os.path.exists(os.path.join(arena, "spec.json")):
        print(f"left out: there is no arena in {sys.argv[2]}")
        return 0
    sys.path.insert(0, arena)
    import json, score
    load = lambda name: json.load(open(os.path.join(arena, name), encoding="utf-8"))
    references, regrets, failed = load("references.json"), [], 0
    print("| set | metric | labbook | best of the others | guessing | regret | s |\n|---|---|---|---|---|---|---|")
    for spec in load("spec.json"):
        name, metric = spec["name"], spec["metric"]
        if wanted and name not in wanted:
            continue
        others = {k: v["metrics"][metric] for k, v in references[name].items() if v.get("metrics") and not k.startswith("labbook")}
        best, guess = min(others.values()), others["dummy"]
        begin = time.time()
        with tempfile.TemporaryDirectory() as folder:
            found, why = measure(binary, arena, score, spec, folder)
        if found is None:
            failed += 1
            regrets.append(2)
            print(f"| {name} | {why} |", flush=True)
            continue
        regret = (found[metric] - best) / (guess - best)
        regrets.append(max(-1, min(2, regret)))
        print(f"| {name} | {metric} | {found[metric]:.4g} | {best:.4g} | {guess:.4g} | {regret:.2f} | {time.time() - begin:.1f} |", flush=True)
    regrets.sort()
    middle = (regrets[(len(regrets) - 1) // 2] + regrets[len(regrets) // 2]) / 2
    print(f"| mean, median | | | | | {sum(regrets) / len(regrets):.3f}, {middle:.3f} | |")
    return 1 if failed else 0


sys.exit(main())

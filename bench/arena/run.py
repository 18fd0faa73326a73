"""What a pipeline that `labbook init` wrote, and nobody edited, is worth on tables of others.

  python3 bench/arena/run.py BINARY ARENA [--quality a,b] [--splits 5] [--sets a,b] [--folder DIR] [--peers PYTHON]

Each set of the arena is a table to learn from and one to be asked about. Split 0 is the arena as it came, the others divide all
rows anew (resplit.py). For each quality, set and split: init, run, and predict on the test table without its target, then the
arena's own score.py. Regret is 0 for the best of the other tools and 1 for guessing; its mean is over regrets clipped to -1 to 2,
and a command that fails counts 2. The rank is among the tools that have a figure for the split. The others' seconds are of fitting
and predicting alone, in a process that runs and has read the tables: labbook's are told of all three commands, and of the stage
that learns with the command that predicts.

Where a column gives the target away, the best of the others is of those that had it taken away by hand, too (NAME_clean).
The other tools are fitted by the arena's peers.py with PYTHON, which has them installed; what they reach is kept in DIR and not
fitted again. Without PYTHON, and without figures in DIR, only split 0 has them, from the arena's references.json; the other splits
are left out and said. Labbook is run anew each time. All of it stays in DIR, or in a temporary folder that goes in the end.
"""
import argparse, csv, json, os, random, resource, statistics, subprocess, sys, tempfile, time

TOOLS = ["autogluon_medium", "catboost", "linear", "lightgbm", "forest", "perpetual", "hgb", "xgboost"]
RIVAL = "autogluon_medium"


def question(folder, target):
    """Writes the test table without the target."""
    with open(os.path.join(folder, "test.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    at = rows[0].index(target)
    with open(os.path.join(folder, "question.csv"), "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(r[:at] + r[at + 1:] for r in rows)


def called(command, folder):
    """Runs a command; gives what it printed, its wall and CPU seconds, and the words of a failure."""
    begin, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, time.time() - begin, cpu, done.stderr.strip()[-300:] if done.returncode else None


def measure(binary, quality, spec, tables, score):
    """Gives a result as peers.py has it: seconds and metrics, or an error."""
    result = {"set": spec["name"], "seconds": 0.0, "learning": 0.0, "cpu": 0.0}
    wanted = ["--quality", quality] if quality else []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("train.csv", "test.csv"):
            os.link(os.path.join(tables, name), os.path.join(folder, name)) if same_disk(tables, folder) else copy(tables, folder, name)
        question(folder, spec["target"])
        for command in (["init", "train.csv", "--target", spec["target"], *wanted], ["run"], ["predict", "train", "question.csv"]):
            out, wall, cpu, error = called([binary, *command], folder)
            result["seconds"] += wall
            result["cpu"] += cpu
            if error is not None:
                return {**result, "error": f"{command[0]} fails: {error}"}
        result["learning"] = wall + learning(binary, folder)
        answers = os.path.join(folder, "answers.csv")
        with open(answers, "w", encoding="utf-8") as f:
            f.write(out)
        try:
            result["metrics"] = score.score(spec, score.read(os.path.join(folder, "test.csv")), score.numbers(spec, score.read(answers)))
        except SystemExit as e:
            result["error"] = str(e)
    return result


def learning(binary, folder):
    """Gives how long the stage that learns took."""
    told = subprocess.run([binary, "sql", "--json", "select sum(seconds) as s from stages where stage like 'train/%'"], cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(told.stdout)[0]["s"]


def same_disk(a, b):
    return os.stat(a).st_dev == os.stat(b).st_dev


def copy(source, target, name):
    with open(os.path.join(source, name), "rb") as f, open(os.path.join(target, name), "wb") as g:
        g.write(f.read())


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def peers(arena, folder, split, python, sets):
    """Gives the other tools' results by set and tool, fitted now where PYTHON is given and they are missing."""
    out = os.path.join(folder, f"out{split}")
    os.makedirs(os.path.join(out, "pred"), exist_ok=True)
    files = {"peers.jsonl": ["dummy", *TOOLS], "clean.jsonl": TOOLS}
    for name, tools in files.items() if python else ():
        subprocess.run([python, os.path.join(arena, "peers.py"), os.path.join(folder, str(split)), os.path.join(out, name), "--budget", "1000000",
                        "--peers", ",".join(tools), "--sets", ",".join(sets), *(["--clean"] if name == "clean.jsonl" else [])],
                       env={**os.environ, "PYTHONPATH": arena}, stdout=sys.stderr)
    found = {}
    if split == 0:
        with open(os.path.join(arena, "references.json"), encoding="utf-8") as f:
            found = {(name, tool): r for name, tools in json.load(f).items() for tool, r in tools.items()}
    for name in files:
        found.update({(r["set"], r["peer"]): r for r in lines(os.path.join(out, name)) if r.get("metrics")})
    return found


def standing(results, metric, of):
    """Gives regret and rank of one of the tools on one set and split; results are by tool."""
    figures = {tool: r["metrics"][metric] for tool, r in results.items() if r.get("metrics")}
    others = [v for t, v in figures.items() if t.removesuffix("_clean") in TOOLS]
    if of not in figures:
        return 2.0, 1.0 + sum(t in figures for t in TOOLS)
    best, guess, own = min(others), figures["dummy"], figures[of]
    rank = 1 + sum(figures[t] < own for t in [*TOOLS, "labbook"] if t != of and t in figures)
    ties = sum(figures[t] == own for t in [*TOOLS, "labbook"] if t != of and t in figures)
    return max(-1.0, min(2.0, (own - best) / (guess - best))), rank + ties / 2


def interval(differences):
    """The 95 % interval of the mean of differences by set and split: sets are drawn, and of each its splits."""
    draw, means = random.Random(1), []
    groups = list(differences.values())
    for _ in range(4000):
        total = [statistics.fmean(draw.choices(g, k=len(g))) for g in draw.choices(groups, k=len(groups))]
        means.append(statistics.fmean(total))
    means.sort()
    return means[100], means[3900]


def error_of(values):
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def report(title, specs, found):
    """Prints what labbook reached; found is by split, set and tool."""
    print(f"\n## {title}\n\n| set | metric | labbook | best of the others | guessing | regret | ± | rank | AutoGluon's regret | s |\n|---|---|---|---|---|---|---|---|---|---|")
    regrets, ranks, seconds = {}, {}, {}
    for spec in specs:
        name, metric = spec["name"], spec["metric"]
        splits = [r[name] for r in found.values() if name in r]
        mean = lambda tool: statistics.fmean(r[tool]["metrics"][metric] for r in splits if r.get(tool, {}).get("metrics"))
        stood = {tool: [standing(r, metric, tool) for r in splits if tool in r] for tool in [*TOOLS, "labbook"]}
        for tool, s in stood.items():
            regrets.setdefault(tool, {})[name] = [x[0] for x in s]
            ranks.setdefault(tool, []).extend(x[1] for x in s)
            seconds.setdefault(tool, []).extend((r[tool]["seconds"], r["labbook"]["seconds"], r["labbook"]["learning"]) for r in splits if r.get(tool, {}).get("seconds"))
        own, rival = regrets["labbook"][name], regrets[RIVAL][name]
        failed = [r["labbook"]["error"] for r in splits if "error" in r["labbook"]]
        if len(failed) == len(splits):
            print(f"| {name} | {failed[0]} |")
            continue
        best = statistics.fmean(min(v["metrics"][metric] for t, v in r.items() if t.removesuffix("_clean") in TOOLS and v.get("metrics")) for r in splits)
        print(f"| {name} | {metric} | {mean('labbook'):.4g} | {best:.4g} | {mean('dummy'):.4g} | {statistics.fmean(own):.2f} | {error_of(own):.2f} |"
              f" {statistics.fmean(x[1] for x in stood['labbook']):.1f} | {statistics.fmean(rival) if rival else float('nan'):.2f} | {statistics.fmean(r['labbook']['seconds'] for r in splits):.1f} |" + "".join(f" {f}" for f in failed))
    print("\n| tool | sets x splits | mean rank | mean regret | median regret | time: labbook's / its, median | of learning and predicting |\n|---|---|---|---|---|---|---|")
    for tool in sorted(regrets, key=lambda t: statistics.fmean([x for v in regrets[t].values() for x in v] or [9])):
        all = [x for v in regrets[tool].values() for x in v]
        if all:
            whole, own = (statistics.median(s[i] / s[0] for s in seconds[tool]) if seconds[tool] else float("nan") for i in (1, 2))
            print(f"| {tool} | {len(all)} | {statistics.fmean(ranks[tool]):.2f} | {statistics.fmean(statistics.fmean(v) for v in regrets[tool].values() if v):.3f} | {statistics.median(all):.3f} | {whole:.2f} | {own:.2f} |")
    paired = {}
    for split, r in found.items():
        for spec in specs:
            one = r.get(spec["name"], {})
            if one.get(RIVAL, {}).get("metrics"):
                paired.setdefault(spec["name"], []).append(standing(one, spec["metric"], "labbook")[0] - standing(one, spec["metric"], RIVAL)[0])
    if paired:
        low, high = interval(paired)
        print(f"\nlabbook's regret less {RIVAL}'s: {statistics.fmean(statistics.fmean(v) for v in paired.values()):.3f} [{low:.3f}, {high:.3f}], over {len(paired)} sets, {sum(map(len, paired.values()))} pairs")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary"), p.add_argument("arena")
    p.add_argument("--quality", default=""), p.add_argument("--splits", default="5", help="how many, or a list such as 1,3,")
    p.add_argument("--sets", default=""), p.add_argument("--folder", default=""), p.add_argument("--peers", default="")
    o = p.parse_args()
    binary, arena = os.path.abspath(o.binary), os.path.abspath(o.arena)
    if not os.path.exists(os.path.join(arena, "spec.json")):
        print(f"left out: there is no arena in {o.arena}")
        return 0
    sys.path.insert(0, arena)
    import score
    with open(os.path.join(arena, "spec.json"), encoding="utf-8") as f:
        specs = [s for s in json.load(f) if not o.sets or s["name"] in o.sets.split(",")]
    splits = [int(s) for s in o.splits.split(",") if s] if "," in o.splits else list(range(int(o.splits)))
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(o.folder) if o.folder else temporary
        if any(not os.path.exists(os.path.join(folder, str(k), "spec.json")) for k in splits):
            subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "resplit.py"), arena, folder, str(max(splits) + 1)], check=True)
        others = {}
        for k in splits:
            others[k] = peers(arena, folder, k, o.peers, [s["name"] for s in specs])
            missing = [t for t in TOOLS if not all((s["name"], t) in others[k] for s in specs)]
            if missing:
                print(f"split {k} has no figures, or not of all sets, of {', '.join(missing)}: say --peers with a Python that has them")
        failed = False
        for quality in o.quality.split(","):
            found = {}
            for k in splits:
                for spec in specs:
                    tools = {t: r for (name, t), r in others[k].items() if name == spec["name"] and t.removesuffix("_clean") in ["dummy", *TOOLS]}
                    if "dummy" not in tools or len(tools) < 3:
                        continue
                    own = measure(binary, quality, spec, os.path.join(folder, str(k), spec["name"]), score)
                    failed = failed or "error" in own
                    found.setdefault(k, {})[spec["name"]] = {**tools, "labbook": own}
                    print(f"{quality} {k} {spec['name']}: " + (own.get("error") or f"{own['metrics'][spec['metric']]:.5g}, regret {standing(found[k][spec['name']], spec['metric'], 'labbook')[0]:.2f}, {own['seconds']:.1f} s, {own['cpu']:.1f} s of CPU"), file=sys.stderr, flush=True)
            if not found:
                print(f"left out: no split has figures of other tools")
                return 0
            report(quality or "as it comes", specs, found)
    return 1 if failed else 0


sys.exit(main())

"""Divides the arena's tables again, so that a comparison does not hang on one split.

  python3 bench/arena/resplit.py ../shared/arena OUT [N]

OUT/0 is the arena as it came; OUT/1 to OUT/N-1 (N is 5) divide all rows of each set anew by the rule in its spec: at random or
by groups with another seed, by time with the last 5 % of the rows gone for each step. Each folder is an arena of its own, with
spec.json and SET/train.csv and SET/test.csv; ids and empty columns of the test are as they would be when the question is asked.
"""
import csv, gzip, json, os, random, sys

csv.field_size_limit(1 << 24)


def read(folder, part):
    path = os.path.join(folder, part + ".csv")
    opened = open(path, encoding="utf-8", newline="") if os.path.exists(path) else gzip.open(path + ".gz", "rt", encoding="utf-8", newline="")
    with opened as f:
        rows = list(csv.reader(f))
    return rows[0], rows[1:]


def write(folder, part, head, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, part + ".csv"), "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([head, *rows])


def ordered(text):
    """A number where it is one, so that 9 comes before 10; else the text."""
    try:
        return (0, float(text), "")
    except ValueError:
        return (1, 0.0, text)


def divide(spec, head, train, test, step):
    """Gives new train and test rows, both in the order of the table."""
    rows, rule = train + test, spec["split"]
    draw = random.Random(f"{spec['name']} {step}")
    if rule["by"] == "time":
        names = rule["column"] if isinstance(rule["column"], list) else [rule["column"]]
        at = [head.index(n) for n in names]
        moment = lambda row: tuple(ordered(row[i]) for i in at)
        rows.sort(key=moment)
        rows = rows[:len(rows) - len(rows) * step // 20]
        cut = moment(rows[len(rows) * 3 // 4])
        before, after = [r for r in rows if moment(r) < cut], [r for r in rows if moment(r) >= cut]
        if spec["name"] == "kershaw":  # its rows are in no order, as in the arena
            draw.shuffle(before)
    else:
        at = head.index(rule["column"]) if rule["by"] == "group" else None
        unit = [i if at is None else r[at] for i, r in enumerate(rows)]
        units = sorted(set(unit))
        held = set(draw.sample(units, len(units) // 4))
        before, after = [r for r, u in zip(rows, unit) if u not in held], [r for r, u in zip(rows, unit) if u in held]
    after = [list(r) for r in after]
    for name in spec["fresh_ids"]:
        i = head.index(name)
        top = max(int(float(r[i])) for r in rows)
        fresh = list(range(top + 1, top + 1 + len(after)))
        draw.shuffle(fresh)
        for r, n in zip(after, fresh):
            r[i] = str(n)
    for name in spec["blank_in_test"]:
        for r in after:
            r[head.index(name)] = ""
    return before, after


def main():
    arena, out, n = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with open(os.path.join(arena, "spec.json"), encoding="utf-8") as f:
        specs = json.load(f)
    for step in range(n):
        for spec in specs:
            head, train = read(os.path.join(arena, spec["name"]), "train")
            names, test = read(os.path.join(arena, spec["name"]), "test")
            test = [[r[names.index(h)] for h in head] for r in test]
            if step:
                train, test = divide(spec, head, train, test, step)
            folder = os.path.join(out, str(step), spec["name"])
            write(folder, "train", head, train)
            write(folder, "test", head, test)
        with open(os.path.join(out, str(step), "spec.json"), "w", encoding="utf-8") as f:
            json.dump(specs, f)


if __name__ == "__main__":
    main()

#!/bin/sh
# Makes a stored project: what labbook leaves behind when somebody has worked
# with it for a while. stored_test.go opens it with every later program.
#
#     testdata/stored/make.sh LABBOOK NAME
#
# LABBOOK is the program of the release, NAME the release's. It writes NAME.tar.gz
# and, with the answers that this program gives, NAME.json; both stay for ever.
# It needs go, curl, awk and tar.
set -eu

program=$(realpath "$1") name=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$(mktemp -d)
trap 'kill ${server:-} 2>/dev/null || true; chmod -R u+w "$work"; rm -rf "$work"' EXIT
project=$work/project
labbook() { (cd "$project" && "$program" --no-color "$@"); }

# The shipped pipelines, small: about a thousand stones, two hundred short
# resumes, few trees.
mkdir -p "$project/data" "$project/pipelines" "$project/samples"
cp "$root/pipeline.yaml" "$project"
cp -r "$root/samples/." "$project/samples"
cp "$root/data/resumes.yaml" "$project/data"
awk 'NR == 1 || NR % 54 == 0' "$root/data/diamonds.csv" > "$project/data/diamonds.csv"
sed -e 's/n_estimators: 400/n_estimators: 30/; s/n_estimators: [0-9]\{3\}/n_estimators: 40/; s/n_estimators: 40, min_samples_leaf/n_estimators: 5, min_samples_leaf/' \
    -e 's/max_depth: 9/max_depth: 5/; s/learning_rate: 0.05/learning_rate: 0.2/; s/trials: 100/trials: 12/' \
    "$root/pipelines/diamonds.yaml" > "$project/pipelines/diamonds.yaml"
sed -e 's/documents: 1585/documents: 200/; s/length: \[[0-9, ]*\]/length: [500, 1500]/; s/min_df: 2/min_df: 5/; s/n_estimators: 60/n_estimators: 10/' \
    "$root/pipelines/resumes.yaml" > "$project/pipelines/resumes.yaml"

# What the shipped ones do not have: classes of stones, the other models, a
# program of one's own, a failure.
cat > "$project/pipelines/cuts.yaml" <<'END'
name: cuts
stages:
  load: {uses: load, with: {path: data/diamonds.csv}}
  split: {uses: split, from: load, with: {by: stratified, column: cut, test: 0.25, seed: 1}}
  features: {uses: features, from: split, with: {target: cut, drop: [price]}}
  train:
    uses: train
    from: features
    each:
      dummy: {with: {model: dummy}}
      logistic: {with: {model: logistic}}
      boosting: {with: {model: boosting, params: {n_estimators: 8, max_depth: 3}}}
      stack:
        with:
          model: ensemble
          params:
            method: stack
            of: [{model: extra-trees, params: {n_estimators: 3, max_depth: 5}}, {model: logistic}]
  evaluate: {uses: evaluate, from: [split, train]}
  register: {uses: register, from: evaluate, with: {model: cuts, best: log_loss}}
  serve: {uses: serve, from: [register, load]}
END
cat > "$project/pipelines/export.yaml" <<'END'
name: export
params: {fail: "no"}
stages:
  count:
    uses: command
    with: {run: "wc -l < data/diamonds.csv > $out/count; echo counted", inputs: [data/diamonds.csv]}
  send: {uses: command, from: count, with: {run: "echo sending; test ${params.fail} = no"}}
END
labbook check

# Versions of every model, champions that fell and one that came back.
for model in linear log-linear boosting ensemble; do labbook run diamonds --models $model; done
for model in naive-bayes complement-bayes logistic boosting linear-svm ensemble; do labbook run resumes --models $model; done
for model in dummy logistic boosting stack; do labbook run cuts --models $model; done
labbook run export
labbook run export --set fail=yes || true
labbook run diamonds --set seed=7 --only train/linear
labbook run diamonds
labbook run resumes
labbook export diamonds@3 -o trees.json
labbook import trees.json --as traded --like diamonds@3
labbook models promote diamonds@2
labbook models rollback diamonds

# Requests and predictions, some of which came true, by two champions.
LABBOOK_TOKEN=stored "$program" -C "$project" serve --listen 127.0.0.1:8094 --log-level warn --quiet &
server=$!
url=http://127.0.0.1:8094
until curl -sf -o /dev/null $url/readyz; do sleep 0.1; done
ask() { curl -sS -o /dev/null -H 'Authorization: Bearer stored' -H 'Content-Type: application/json' "$@"; }
stones() { for stone in one-carat-classic half-carat-gift good-value third-of-a-carat just-below-a-carat; do tr -d '\n' < "$project/samples/diamonds/$stone.json"; echo; done; }
save() { # saves a prediction of pipeline $1 for the input $2, and says that $3 came true
	id=$(curl -sS -H 'Authorization: Bearer stored' -H 'Content-Type: application/json' -d "{\"input\": $2, \"note\": \"seen in a window\"}" $url/v1/$1/predictions | sed 's/.*"id":"\([^"]*\)".*/\1/')
	test -z "$3" || ask -X PATCH -d "{\"outcome\": $3}" $url/v1/$1/predictions/$id
}
work_a_day() {
	price=500
	stones | while read -r stone; do
		price=$((price + 900))
		ask -d "$stone" $url/v1/diamonds/predict
		ask -d "$stone" "$url/v1/diamonds/similar?n=3"
		save diamonds "$stone" $price
	done
	save diamonds "$(stones | head -1)" ""
	ask -d '{"carat": "heavy"}' $url/v1/diamonds/predict
	ask -H 'Content-Type: text/csv' --data-binary "@$project/data/some.csv" $url/v1/diamonds/predict
	for sample in sap java-developer; do
		ask -d @"$project/samples/resumes/$sample.json" $url/v1/resumes/predict
	done
	save resumes "$(cat "$project/samples/resumes/sap.json")" '"SAP"'
	save resumes "$(cat "$project/samples/resumes/oracle-dba.json")" '"SQL Developer"'
}
# Stones well inside what was learned from, so that no answer depends on how
# those outside are treated.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
	$at["carat"] > 0.35 && $at["carat"] < 1.3 && $at["depth"] > 60 && $at["depth"] < 63.5 && $at["table"] > 54 && $at["table"] < 60 && n++ < 30' \
	"$project/data/diamonds.csv" > "$project/data/some.csv"
work_a_day
ask -d '{"version": 3}' $url/v1/models/diamonds/promote
ask -d '{"version": 3}' $url/v1/models/resumes/promote
work_a_day
ask -d '{}' $url/v1/models/diamonds/rollback
ask -d "$(stones | head -1)" $url/v1/diamonds/predict
kill $server
wait $server || true
server=

# What can be made again is left out. What models need stays, and the records and
# outputs of the smallest pipelines.
labbook gc --max 0
labbook run cuts
labbook run export
rm -rf "$project/runs/token" "$project/runs/labbook.db-shm" "$project/runs/cache/locks" "$project/reports" "$project/trees.json"
find "$project/runs" -name report.html -size +40k -delete
tar -C "$project" --sort=name --owner=0 --group=0 --numeric-owner -cf "$work/project.tar" .
gzip -9n < "$work/project.tar" > "$here/$name.tar.gz"
size=$(wc -c < "$here/$name.tar.gz")
test "$size" -le 2000000 || { echo "$name.tar.gz has $size bytes; 2,000,000 are allowed"; exit 1; }
cd "$root" && LABBOOK_STORED_BY=$program go test -count=1 -run "TestStoredProject/$name" .

// answer gives what models in the form of package portable say of rows: of each case
// { document, lists, rows } a list of answers in JSON, or of refusals; the first ones
// explained.
const answer = async (cases) => {
  const out = [];
  for (const { document, lists, rows, objects, explained } of cases) {
    const model = labbookModel(document, await labbookUnpack(lists));
    const say = (row, i) => {
      if (objects) {
        const { row: read, faults } = model.read(row);
        if (faults.length) return "faults: " + JSON.stringify(faults);
        row = read;
      } else {
        for (const f of document.fields) if (row[f.name] === null) row[f.name] = f.type === "number" || f.type === "date" ? NaN : "";
      }
      try {
        return model.json(model.answer(row, i < explained));
      } catch (e) {
        if (!(e instanceof model.Refusal)) throw e;
        return "refused: " + e.message;
      }
    };
    out.push(rows.map(say));
  }
  return JSON.stringify(out);
};

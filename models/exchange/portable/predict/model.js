// labbookModel gives a model that predicts as the program does, to the last digit:
// from the document and the lists that package exchange writes. Sums are added in the
// program's order, trees compare in 32 bits.
const labbookModel = (doc, buffer) => {
  "use strict";
  const N = labbookNumbers;
  const NO_LEVEL = -1, REFUSED = -2;
  const bytes = new Uint8Array(buffer);
  const types = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };

  // list gives a list that the document refers to: the bytes of its elements lie apart,
  // all first ones before all second ones.
  const list = ([type, at, n]) => {
    const width = types[type].BYTES_PER_ELEMENT, out = new Uint8Array(n * width);
    for (let k = 0; k < width; k++) for (let i = 0, from = at + k * n; i < n; i++) out[i * width + k] = bytes[from + i];
    return new types[type](out.buffer);
  };
  const or = (ref) => ref && list(ref);

  // A refusal is what the program says of a row that has no prediction.
  class Refusal extends Error {
    constructor(what, wanted, hint) { super(what); this.wanted = wanted; this.hint = hint; }
  }


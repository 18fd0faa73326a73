// Functions of numbers, to the last bit as the program computes them: those of Go's
// package math (Go 1.26, BSD licence), of amd64 with fused multiply-add where it has
// instructions of that machine. Browsers round these functions each in its own way.
const labbookNumbers = (() => {
  "use strict";
  const float = new Float64Array(1);
  const word = new BigUint64Array(float.buffer);
  const bits = (x) => { float[0] = x; return word[0]; };
  const fromBits = (b) => { word[0] = b; return float[0]; };
  

  // frexp gives a fraction in [1/2, 1) and an exponent.
  const frexp = (x) => {
    if (x === 0 || x - x !== 0) return [x, 0];
    let e = 0;
    if (Math.abs(x) < 2.2250738585072014e-308) { x *= 2 ** 52; e = -52; }
    const b = bits(x);
    e += Number(b >> 52n & 0x7ffn) - 1022;
    return [fromBits(b & ~(0x7ffn << 52n) | 1022n << 52n), e];
  };
  const ldexp = (x, e) => {
    if (x === 0 || x - x !== 0) return x;
    const [f, own] = frexp(x);
    e += own - 1; // of 2f, in [1, 2)
    if (e < -1075) return x < 0 ? -0 : 0;
    if (e > 1023) return x < 0 ? -Infinity : Infinity;
    return e < -1022 ? 2 ** -53 * (2 * f * 2 ** (e + 53)) : 2 * f * 2 ** e;
  };

  // fma is x*y + z, rounded once: Boldo and Melquiond, "Emulation of FMA and
  // correctly rounded sums: proved algorithms using rounding to odd", IEEE
  // Transactions on Computers 57(4), 2008. Its numbers are far from the ends.
  const twoSum = (a, b) => {
    const s = a + b, t = s - a;
    return [s, (a - (s - t)) + (b - t)];
  };
  const split = (a) => {
    const c = 134217729 * a, high = c - (c - a);
    return [high, a - high];
  };
  const fma = (x, y, z) => {
    const p = x * y, [xh, xl] = split(x), [yh, yl] = split(y);
    const rest = xl * yl - (((p - xh * yh) - xl * yh) - xh * yl);
    const [th, tl] = twoSum(z, rest), [vh, vl] = twoSum(p, th);
    let [odd, error] = twoSum(tl, vl);
    if (error !== 0) {
      const b = bits(odd);
      if ((b & 1n) === 0n) odd = fromBits(error > 0 === odd > 0 ? b + 1n : b - 1n);
    }
    return vh + odd;
  };
  const rint = (x) => { // to the nearest, halves to even
    const r = Math.round(x);
    return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
  };

  const exp = (x) => {
    if (x !== x) return x;
    if (x > 7.09782712893384e+02) return Infinity;
    if (x === -Infinity) return 0;
    const k = rint(1.4426950408889634 * x);
    x = fma(-k, 0.69314718055966295651160180568695068359375, x);
    x = fma(-k, 0.28235290563031577122588448175013436025525412068e-12, x);
    x *= 0.0625;
    let s = 2.4801587301587301587e-5;
    for (const c of [1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1]) s = fma(x, s, c);
    x *= s;
    for (let i = 0; i < 3; i++) x *= x + 2;
    x = fma(x + 2, x, 1);
    if (k + 1023 >= 2047) return Infinity;
    if (k + 1023 > 0) return x * 2 ** k;
    return k + 1023 < -52 ? 0 : x * 2 ** (k + 1022) * 2 ** -1022;
  };
  const log = (x) => {
    if (x === 0) return -Infinity;
    if (x < 0) return NaN;
    if (x - x !== 0) return x;
    const b = bits(x); // as the program, which takes subnormal numbers as they are
    let f = fromBits(b & 0x000fffffffffffffn | bits(0.5)), k = Number(b >> 52n) - 1022;
    if (f <= 7.07106781186547524401e-01) { k -= 1; f *= 2; }
    f -= 1;
    const s = f / (2 + f), s2 = s * s, s4 = s2 * s2;
    const t1 = s2 * (6.666666666666735130e-01 + s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
    const t2 = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
    const half = 0.5 * f * f;
    return k * 6.93147180369123816490e-01 - ((half - (s * (half + (t1 + t2)) + k * 1.90821492927058770002e-10)) - f);
  };
  const log2 = (x) => {
    const [f, e] = frexp(x);
    return f === 0.5 ? e - 1 : log(f) * 1.4426950408889634 + e;
  };
  const log10 = (x) => log(x) * 0.4342944819032518;

  const log1p = (x) => {
    if (x < -1 || x !== x) return NaN;
    if (x === -1) return -Infinity;
    if (x === Infinity) return x;
    const size = Math.abs(x);
    let f = 0, small = 1n, k = 1, c = 0;
    if (size < 4.142135623730950488017e-01) {
      if (size < 2 ** -29) return size < 2 ** -54 ? x : x - x * x * 0.5;
      if (x > -2.928932188134524755992e-01) { k = 0; f = x; }
    }
    if (k !== 0) {
      let u = x;
      if (size < 2 ** 53) u = 1 + x;
      small = bits(u);
      k = Number(small >> 52n) - 1023;
      if (size < 2 ** 53) c = (k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
      small &= 0x000fffffffffffffn;
      if (small < 0x0006a09e667f3bcdn) {
        u = fromBits(small | 0x3ff0000000000000n);
      } else {
        k++;
        u = fromBits(small | 0x3fe0000000000000n);
        small = (0x0010000000000000n - small) >> 2n;
      }
      f = u - 1;
    }
    const half = 0.5 * f * f, high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    if (small === 0n) {
      if (f === 0) return k === 0 ? 0 : k * high + (c + k * low);
      const r = half * (1 - 0.66666666666666666 * f);
      return k === 0 ? f - r : k * high - ((r - (k * low + c)) - f);
    }
    const s = f / (2 + f), z = s * s;
    const r = z * (6.666666666666735130e-01 + z * (3.999999999940941908e-01 + z * (2.857142874366239149e-01 + z * (2.222219843214978396e-01 + z * (1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))))));
    return k === 0 ? f - (half - s * (half + r)) : k * high - ((half - (s * (half + r) + (k * low + c))) - f);
  };
  const expm1 = (x) => {
    if (x === Infinity || x !== x) return x;
    const size = Math.abs(x), high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    if (x <= -3.88162421113569373274e+01) return -1;
    if (size >= 7.09782712893383973096e+02) return Infinity;
    let c = 0, k = 0;
    if (size > 3.46573590279972654709e-01) {
      let h, l;
      if (size < 1.03972077083991796413) {
        k = x > 0 ? 1 : -1;
        h = x - k * high;
        l = k * low;
      } else {
        k = Math.trunc(1.44269504088896338700 * x + (x > 0 ? 0.5 : -0.5));
        h = x - k * high;
        l = k * low;
      }
      x = h - l;
      c = (h - x) - l;
    } else if (size < 2 ** -54) {
      return x;
    }
    const hx = 0.5 * x, xx = x * hx;
    const r = 1 + xx * (-3.33333333333331316428e-02 + xx * (1.58730158725481460165e-03 + xx * (-7.93650757867487942473e-05 + xx * (4.00821782732936239552e-06 + xx * -2.01099218183624371326e-07))));
    const t = 3 - r * hx;
    let e = xx * ((r - t) / (6 - x * t));
    if (k === 0) return x - (x * e - xx);
    e = x * (e - c) - c;
    e -= xx;
    const raise = (y) => fromBits(BigInt.asUintN(64, bits(y) + (BigInt(k) << 52n)));
    if (k === -1) return 0.5 * (x - e) - 0.5;
    if (k === 1) return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
    if (k <= -2 || k > 56) return raise(1 - (e - x)) - 1;
    if (k < 20) return raise(fromBits(0x3ff0000000000000n - (0x20000000000000n >> BigInt(k))) - (e - x));
    return raise(x - (e + 2 ** -k) + 1);
  };
  const cbrt = (x) => {
    if (x === 0 || x - x !== 0) return x;
    const size = Math.abs(x);
    let t = fromBits(bits(size) / 3n + (715094163n << 32n));
    if (size < 2.22507385850720138309e-308) t = fromBits(bits(2 ** 54 * size) / 3n + (696219795n << 32n));
    let r = t * t / size, s = 5.42857142857142815906e-01 + r * t;
    t *= 3.57142857142857150787e-01 + 1.60714285714285720630 / (s + 1.41428571428571436819 + -7.05306122448979611050e-01 / s);
    t = fromBits((bits(t) & (0xFFFFFFFFCn << 28n)) + (1n << 30n));
    s = t * t;
    r = size / s;
    r = (r - t) / (t + t + r);
    t += t * r;
    return x < 0 ? -t : t;
  };
  const pow = (x, y) => {
    if (y === 0 || x === 1) return 1;
    if (y === 1) return x;
    if (x !== x || y !== y) return NaN;
    if (x === 0 || y - y !== 0 || x - x !== 0) return x === -1 ? 1 : Math.pow(x, y);
    if (y === 0.5) return Math.sqrt(x);
    if (y === -0.5) return 1 / Math.sqrt(x);
    let whole = Math.trunc(Math.abs(y)), part = Math.abs(y) - whole;
    if (part !== 0 && x < 0) return NaN;
    if (whole >= 2 ** 63) return x === -1 ? 1 : Math.abs(x) < 1 === y > 0 ? 0 : Infinity;
    let a = 1, ae = 0;
    if (part !== 0) {
      if (part > 0.5) { part--; whole++; }
      a = exp(part * log(x));
    }
    let [x1, xe] = frexp(x);
    for (let i = BigInt(whole); i !== 0n; i >>= 1n) {
      if (xe < -4096 || xe > 4096) { ae += xe; break; }
      if (i & 1n) { a *= x1; ae += xe; }
      x1 *= x1;
      xe *= 2;
      if (x1 < 0.5) { x1 += x1; xe--; }
    }
    if (y < 0) { a = 1 / a; ae = -ae; }
    return ldexp(a, ae);
  };
  // octant gives in which eighth of a circle an angle is, and how far from its middle.
  const octant = (x) => {
    let j = Math.floor(x * (4 / Math.PI));
    if (j % 2 === 1) j++;
    return [j % 8, ((x - j * 7.85398125648498535156e-1) - j * 3.77489470793079817668e-8) - j * 2.69515142907905952645e-15];
  };
  const sine = (z, zz) => z + z * zz * ((((((1.58962301576546568060e-10 * zz) + -2.50507477628578072866e-8) * zz + 2.75573136213857245213e-6) * zz + -1.98412698295895385996e-4) * zz + 8.33333333332211858878e-3) * zz + -1.66666666666666307295e-1);
  const cosine = (zz) => 1 - 0.5 * zz + zz * zz * ((((((-1.13585365213876817300e-11 * zz) + 2.08757008419747316778e-9) * zz + -2.75573141792967388112e-7) * zz + 2.48015872888517045348e-5) * zz + -1.38888888888730564116e-3) * zz + 4.16666666666665929218e-2);
  const sin = (x) => { // of angles of some circles
    if (x === 0 || x - x !== 0) return x - x !== 0 ? NaN : x;
    let [j, z] = octant(Math.abs(x)), sign = x < 0;
    if (j > 3) { sign = !sign; j -= 4; }
    const y = j === 1 || j === 2 ? cosine(z * z) : sine(z, z * z);
    return sign ? -y : y;
  };
  const cos = (x) => {
    if (x - x !== 0) return NaN;
    let [j, z] = octant(Math.abs(x)), sign = false;
    if (j > 3) { j -= 4; sign = !sign; }
    if (j > 1) sign = !sign;
    const y = j === 1 || j === 2 ? sine(z, z * z) : cosine(z * z);
    return sign ? -y : y;
  };
  const round = (x) => { // halves away from 0
    const t = Math.trunc(x);
    return Math.abs(x - t) >= 0.5 ? t + Math.sign(x) : t;
  };
  return { exp, log, log2, log10, log1p, expm1, cbrt, pow, sin, cos, round, rint };
})();

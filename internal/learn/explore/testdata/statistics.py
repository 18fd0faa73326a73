"""The expected numbers of TestStatistics and TestSlopes: run with Debian 12's python3
(python3-numpy 1.24.2, python3-scipy 1.10.1). The skew is that of pandas too."""
import numpy as np
from scipy.stats import chi2_contingency, pearsonr, skew

a = np.array([3, 1.5, 4, 1, 5.5, 9, 2, 6, 5, 35])
b = np.array([2, 1, np.nan, 3, 4, 8, 1, 5, 6, 20])
g = np.array(list("uuvuvwuwww"))
h = np.array(list("mmmmnnmnnn"))
print("mean, sd, skew", a.mean(), a.std(ddof=1), skew(a, bias=False))
print("quartiles", np.quantile(a, [.25, .5, .75]).tolist())
both = ~np.isnan(b)
print("pearson", pearsonr(a[both], b[both])[0])
between = sum((g == v).sum() * (a[g == v].mean() - a.mean()) ** 2 for v in set(g))
print("eta", np.sqrt(between / ((a - a.mean()) ** 2).sum()))
t = np.array([[((g == x) & (h == y)).sum() for y in "mn"] for x in "uvw"])
n = t.sum()
r, k = t.shape
phi = max(0, chi2_contingency(t, correction=False)[0] / n - (r - 1) * (k - 1) / (n - 1))
r -= (r - 1) ** 2 / (n - 1)
k -= (k - 1) ** 2 / (n - 1)
print("V", np.sqrt(min(1, phi / (min(r, k) - 1))))

berkeley = [(512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299), (22, 351, 24, 317)]
rows = [(k // 2, 1 - k % 2, d) for d, n in enumerate(berkeley) for k, count in enumerate(n) for _ in range(count)]
women, admitted, department = np.array(rows, float).T
for name, means in ("crude", [np.ones(len(rows))]), ("adjusted", [department == d for d in range(6)]):
    x = np.column_stack([women, *means])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ admitted
    scores = x * (admitted - x @ beta)[:, None]
    n, k = x.shape
    print(name, beta[0], (inverse @ scores.T @ scores @ inverse)[0, 0] * n / (n - k))

"""The expected numbers of TestStatistics: run with Debian 12's python3
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

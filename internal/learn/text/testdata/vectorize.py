"""Makes vectorize.json: what scikit-learn's vectorizers give for hard texts.

Made with scikit-learn 1.2.1 under Python 3.11 (Debian 12: python3-sklearn):
    python3 vectorize.py > vectorize.json
"""
import json
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

DOCS = [
    "The quick brown fox jumps over the lazy dog. The dog sleeps.",
    "C++ and C# developers: .NET, node.js, R2-D2; e-mail me at a_b@x.org!",
    "Straße naïve façade ΟΔΟΣ ΟΔΟΣ Σίσυφος İstanbul ǅ",
    "日本語のテキスト 中文文本 한국어 텍스트",
    "cafe\u0301 re\u0301sume\u0301 हिन्दी भाषा ไทย",
    "emoji 👩‍💻 rocket 🚀🚀 done ✅ x² ½ ⅷ ٣٤",
    "nul\x00byte tab\tand\nnew\r\nline\u00a0nbsp \x1cfs",
    "",
    "   ",
    "dog dog dog fox",
    "under_score 123 4567 a b c the of and",
    "big data big data big data tools for big data",
]
CASES = {
    "default": {},
    "bigrams": {"ngram_range": (1, 2)},
    "only_trigrams": {"ngram_range": (3, 3)},
    "sublinear": {"sublinear_tf": True, "ngram_range": (1, 3)},
    "not_smooth_l1": {"smooth_idf": False, "norm": "l1"},
    "no_idf_no_norm": {"use_idf": False, "norm": None},
    "stop_bigrams": {"stop_words": "english", "ngram_range": (1, 2)},
    "min_df_2": {"min_df": 2},
    "max_df_share": {"max_df": 0.1, "ngram_range": (1, 2)},
    "cased": {"lowercase": False},
    "single_letters": {"token_pattern": r"(?u)\b\w+\b"},
    "other_pattern": {"token_pattern": r"[A-Za-z+#.]+"},
    "group_pattern": {"token_pattern": r"(\w)\w+"},
    "char": {"analyzer": "char", "ngram_range": (1, 3)},
    "char_2_4": {"analyzer": "char", "ngram_range": (2, 4)},
    "char_wb": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}

def rows(m):
    m = m.tocsr()
    m.sort_indices()
    return [[m.indices[a:b].tolist(), m.data[a:b].tolist()] for a, b in zip(m.indptr, m.indptr[1:])]

out = []
for name, kw in CASES.items():
    v = TfidfVectorizer(**kw)
    x = v.fit_transform(DOCS)
    count_kw = {k: w for k, w in kw.items() if k not in ("sublinear_tf", "smooth_idf", "norm", "use_idf")}
    c = CountVectorizer(**count_kw).fit_transform(DOCS)
    opts = {k: list(w) if isinstance(w, tuple) else ("none" if k == "norm" and w is None else w) for k, w in kw.items()}
    out.append({"name": name, "options": opts, "terms": v.get_feature_names_out().tolist(), "tfidf": rows(x), "counts": rows(c)})
h = HashingVectorizer(n_features=64, norm=None).transform(DOCS)
h.eliminate_zeros()
json.dump({"docs": DOCS, "cases": out, "hashed64": rows(h)}, __import__("sys").stdout, ensure_ascii=True, indent=None, separators=(",", ":"))

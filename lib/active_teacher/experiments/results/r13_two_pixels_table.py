import pandas as pd

r = pd.read_csv("/tmp/r13_two_pixels.csv")
last = r.sort_values("step").groupby(["way", "labels", "epsilon", "alpha", "seed"], as_index=False).last()
print(last.seed.nunique(), last.groupby(["way", "labels", "epsilon", "alpha"]).seed.nunique().min())
base = last[(last.way == "data") & (last.labels == 2000)].seconds.median()


def mm(s):
    return f"{s.mean():.3f} ({s.min():.3f}–{s.max():.3f})"


g = last.groupby(["way", "labels", "epsilon", "alpha"], sort=False)
t = pd.DataFrame(
    {
        "asked": g.asked.mean().round(0).astype(int),
        "q": g.questions.first(),
        "told": g.told.first(),
        "mu": g.mu.apply(mm),
        "nu": g.nu.apply(mm),
        "pushed": g.pushed.apply(mm),
        "safe": g.safe.apply(mm),
        "strong": g.strong.mean(),
        "time": (g.seconds.median() / base).round(2),
    }
)
pd.set_option("display.width", 250, "display.max_rows", 300, "display.max_columns", 20, "display.max_colwidth", 40)
print(t.reset_index().sort_values(["told", "way", "labels", "epsilon"], kind="stable").to_string(index=False))
print("base seconds", base)

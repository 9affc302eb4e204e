"""Figures on float outputs while training; what is reported comes from the compiled file (npm run eval)."""
import numpy as np


def auc(score, positive):
    """Area under the ROC curve (Mann-Whitney), ties counted half."""
    _, inverse, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    n1, n0 = positive.sum(), (~positive).sum()
    return float((rank[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)) if n1 and n0 else float("nan")


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def classify(logits, y):
    """acc, balanced_acc, f1 (macro) at the leading label; auc: of label 1 (two labels) or the mean of one against the rest."""
    k, top, p = logits.shape[1], logits.argmax(1), softmax(logits)
    recall = [float((top[y == i] == i).mean()) for i in range(k)]
    precision = [float((y[top == i] == i).mean()) if (top == i).any() else 0.0 for i in range(k)]
    f1 = [2 * r * q / (r + q) if r + q else 0.0 for r, q in zip(recall, precision)]
    area = auc(logits[:, 1] - logits[:, 0], y == 1) if k == 2 else float(np.mean([auc(p[:, i], y == i) for i in range(k)]))
    return {"auc": round(area, 4), "acc": round(float((top == y).mean()), 4), "balanced_acc": round(float(np.mean(recall)), 4),
            "f1": round(float(np.mean(f1)), 4), "recall": [round(r, 3) for r in recall]}


def segment(logits, y):
    """dice: mean over pictures that show a finding; empty_right: share of the others with under 0.1 % marked; auc of pixels."""
    found, truth = logits > 0, y > 0
    both = (found & truth).sum((1, 2))
    total = found.sum((1, 2)) + truth.sum((1, 2))
    some = truth.any((1, 2))
    out = {"dice": round(float((2 * both[some] / total[some]).mean()), 4)}
    if (~some).any():
        out["empty_right"] = round(float((found[~some].mean((1, 2)) < 0.001).mean()), 4)
    flat = np.round(logits * 16).astype(np.int32)
    out["auc"] = round(auc(flat.ravel()[::3], truth.ravel()[::3]), 4)
    return out

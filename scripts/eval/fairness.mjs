// Tables of subgroups and of the gap between them.
import { interval, number, table } from './markdown.mjs';
import { techniquesOf } from './techniques.mjs';

/** @param {any} one an attribute's groups, see groups.mjs */
export function gapTable({ attribute, rows, gap }) {
  const body = table(
    [attribute, 'samples', 'patients or groups', 'accuracy', 'balanced accuracy', 'F1'],
    rows.map((/** @type {any} */ row) => [row.name, row.samples, row.groups, interval(row.acc, row.ci.acc), interval(row.balanced_acc, row.ci.balanced_acc), interval(row.f1, row.ci.f1)]),
  );
  if (!gap) return body;
  const { balanced_acc: b, f1 } = gap;
  return `${body}\n\nGap of balanced accuracy, ${b.best} to ${b.worst}: ${interval(b.difference, b.ci.difference)}, ratio ${interval(b.ratio, b.ci.ratio)}; of F1, ${f1.best} to ${f1.worst}: ${interval(f1.difference, f1.ci.difference)}, ratio ${interval(f1.ratio, f1.ci.ratio)}.`;
}

/**
 * The default file and its variants: what each technique does to the figure and to the gap between groups. The groups of the gap are those of the
 * default file, so that all rows speak of the same people.
 * @param {import('../models.mjs').Model} model @param {any} e evaluation.json
 */
export function fairnessTable(model, e) {
  const files = [[`${model.name}.bds (default)`, e], ...Object.entries(e.variants ?? {}).map(([name, variant]) => [`${model.name}-${name}.bds`, variant])];
  const attributes = (e.more?.subgroups ?? []).filter((/** @type {any} */ { gap }) => gap).map((/** @type {any} */ { attribute }) => attribute);
  const difference = (/** @type {any} */ one, /** @type {string} */ attribute) => {
    const [base, its] = [e, one].map((f) => f.more?.subgroups?.find((/** @type {any} */ group) => group.attribute === attribute));
    if (!base?.gap || !its) return '-';
    const [best, worst] = ['best', 'worst'].map((side) => its.rows.find((/** @type {any} */ row) => row.name === base.gap.balanced_acc[side]));
    return best && worst ? `${number(best.balanced_acc - worst.balanced_acc)} (${worst.name} ${number(worst.balanced_acc)})` : '-';
  };
  const rows = files.map(([name, f]) => [name, f.file_bytes.toLocaleString('en'), interval(f.balanced_acc, f.ci?.balanced_acc), ...attributes.map((/** @type {string} */ attribute) => difference(f, attribute))]);
  const from = techniquesOf(model).filter((row) => typeof row.gap === 'number').map((row) => [row.technique, row.bytes.toLocaleString('en'), interval(row.balanced_acc, row.ci?.balanced_acc), ...attributes.map((/** @type {string} */ attribute, /** @type {number} */ i) => (i === 0 ? interval(row.gap, row.ci?.gap) : '-'))]);
  return `${fairQuantisation(model)}${model.name}: difference of balanced accuracy between the groups that are best and worst with the default file (the worst one's own in brackets).\n\n${table(['file', 'bytes', 'balanced accuracy', ...attributes], [...rows, ...from])}`;
}

/** What training that counts the worse-off groups more does on the power-of-two grid, in a sentence; the same network and size without it beside. @param {import('../models.mjs').Model} model */
function fairQuantisation(model) {
  const [plain, fair] = ['power-of-two', 'fair+power-of-two'].map((name) => techniquesOf(model).find(({ technique, gap }) => technique === name && typeof gap === 'number'));
  if (!plain || !fair) return '';
  const [low, high] = fair.ci?.gap ?? [-Infinity, Infinity];
  const change = plain.gap - fair.gap;
  const finding = change < 0.01 ? 'it does not narrow the gap here' : plain.gap <= high && plain.gap >= low ? 'it is smaller, but within the interval: not shown to narrow the gap' : 'it narrows the gap';
  return `Fairness-aware quantisation (study [74]; groups with more loss count more while the weights are fine-tuned on the power-of-two grid): the gap goes from ${number(plain.gap)} at ${plain.bytes.toLocaleString('en')} bytes to ${number(fair.gap)} (${number(low)} to ${number(high)}) at ${fair.bytes.toLocaleString('en')} bytes: ${finding}.\n\n`;
}

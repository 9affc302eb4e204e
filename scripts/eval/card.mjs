// CARD.md of a model: CHAI's applied model card (v0.2), filled from models/card.json, the recipe's `card`, the recipe itself and the measured figures;
// then notes.md, if somebody wrote one.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { jsonIfThere } from './json.mjs';
import { interval, number, percent, table } from './markdown.mjs';

/** @typedef {import('../models.mjs').Model} Model */

/**
 * The card as data: what all models share, completed by the recipe, or by a card.json beside it where the file has no room for so many words.
 * @param {Model} model @returns {Record<string, any>}
 */
export function cardOf({ recipe, folder }) {
  return { ...jsonIfThere(join(root, 'models/card.json')), ...recipe.card, ...jsonIfThere(join(folder, 'card.json')) };
}

/** @param {string | string[] | undefined} value */
const prose = (value) => (Array.isArray(value) ? value.map((one) => `- ${one}`).join('\n') : (value ?? 'Not stated.'));

/** The figures that say how good it is, with their intervals. @param {any} f @returns {[string, string][]} */
export function keyFigures(f) {
  /** @type {[string, string][]} */
  const rows = [];
  const add = (/** @type {string} */ name, /** @type {string} */ key, show = number) => {
    if (typeof f[key] === 'number') rows.push([name, interval(f[key], f.ci?.[key], show)]);
  };
  add(f.confusion?.length > 2 || f.macro ? 'AUC, mean over labels' : 'AUC', 'auc');
  add(f.confusion?.length === 2 ? 'accuracy at 0.5' : 'accuracy', 'acc');
  add('balanced accuracy', 'balanced_acc');
  add('F1, mean over labels', 'f1');
  add('sensitivity', 'sensitivity');
  add('specificity', 'specificity');
  add('Dice, mean over pictures', 'dice');
  for (const [key, name] of [['v_se', 'V sensitivity'], ['v_ppv', 'V positive predictive value'], ['s_se', 'S sensitivity'], ['s_ppv', 'S positive predictive value']]) add(name, key);
  return rows;
}

/** @param {any} f */
function fairness(f, /** @type {any} */ more) {
  const rows = (more?.subgroups ?? []).filter((/** @type {any} */ { gap }) => gap).map((/** @type {any} */ { attribute, gap }) => {
    const g = gap.balanced_acc;
    return [attribute, g.worst, g.best, interval(g.difference, g.ci.difference), interval(g.ratio, g.ci.ratio)];
  });
  if (rows.length > 0) return table(['attribute', 'worst group', 'best group', 'difference of balanced accuracy', 'ratio'], rows);
  if (Array.isArray(f.recall) && more?.labels) return `The data set gives no patient's attributes; by label, recall: ${f.recall.map((/** @type {number} */ r, /** @type {number} */ i) => `${more.labels[i]} ${number(r)}`).join(', ')}.`;
  return 'The data set gives no attributes of patients.';
}

/** @param {any} f @returns {[string, string][]} */
function safety(f) {
  /** @type {[string, string | undefined][]} */
  const rows = [
    ['calibration error (ECE, 15 bins)', typeof f.ece === 'number' ? interval(f.ece, f.ci?.ece) : undefined],
    ['answered; right among the answered', typeof f.coverage === 'number' ? `${percent(f.coverage)}; ${percent(f.selective_acc ?? f.selective_dice)}` : undefined],
    ['conformal sets: truth inside; labels in a set', typeof f.set_coverage === 'number' ? `${percent(f.set_coverage)}; ${number(f.set_size)}` : undefined],
    ['pictures of something else told by their distance (AUROC)', typeof f.ood_auroc === 'number' ? interval(f.ood_auroc, f.ci?.ood_auroc) : undefined],
    ['of them flagged as unlike or colourful, or refused; of the test set flagged as unlike', typeof f.ood_flagged === 'number' ? `${percent(f.ood_flagged)}; ${percent(f.flagged_unknown)}` : undefined],
  ];
  return /** @type {[string, string][]} */ (rows.filter(([, value]) => value !== undefined));
}

/** @param {Model} model @param {any} evaluation evaluation.json */
export function card(model, evaluation) {
  const { name, folder, recipe } = model;
  const c = cardOf(model);
  const f = evaluation;
  const notes = join(folder, 'notes.md');
  const float = Object.entries(f).filter(([key, value]) => key.startsWith('float_') && typeof value === 'number').map(([key, value]) => `${key.slice(6).replaceAll('_', ' ')} ${number(/** @type {number} */ (value))}`);
  const parts = [
    `# ${name}: ${recipe.title}`,
    `<!-- Written by \`npm run eval -- --write\` from recipe.json, models/card.json, evaluation.json and notes.md: change those. -->`,
    `**Not a medical device.** ${recipe.intended_use}`,
    table(
      ['', ''],
      [
        ['Developer, contact', `${c.developer}; ${c.contact}`],
        ['Release', `${c.stage}, version ${recipe.version}${c.date ? `, ${c.date}` : ''}. ${c.availability}`],
        ['Approval', c.regulatory],
        ['File', `${name}.bds, ${f.file_bytes.toLocaleString('en')} bytes, SHA-256 \`${f.sha256}\``],
        ['Input', `${recipe.input ? `${recipe.input.width}x${recipe.input.height}x${recipe.input.channels}; ${recipe.input.crop ?? ''}, ${recipe.input.resize ?? ''} resize` : (c.input ?? '')}`],
        ['Output', `${(recipe.labels ?? []).map((/** @type {string} */ label) => `\`${label}\``).join(', ')}${recipe.output?.activation ? ` (${recipe.output.activation})` : ''}`],
        ['Data', `${recipe.data.name}; ${recipe.data.source}; ${recipe.data.licence}`],
        ['Licence', recipe.licence],
      ],
    ),
    `## Summary\n\n${prose(c.summary ?? recipe.title)}`,
    `## Uses and directions\n\n**Intended use.** ${recipe.intended_use}\n\n**Users.** ${prose(c.users)}\n\n**How to use.** ${prose(c.how_to_use)}\n\n**Patients.** ${prose(c.population)}\n\n**Out of scope.** ${prose(c.out_of_scope ?? 'Everything but the intended use; any decision about a patient.')}`,
    `## Warnings\n\n**Risks and limits**\n\n${prose(recipe.limits?.length ? recipe.limits : undefined)}\n\n**Known failures**\n\n${prose(c.known_failures)}\n\n**Biases and ethics**\n\n${prose(c.biases)}\n\n**Risk level.** ${prose(c.risk_level)}`,
    `## Facts\n\n**Network.** ${prose(c.model_type)} ${f.macs ? `${(f.macs / 1e6).toFixed(f.macs < 1e7 ? 2 : 0)} M multiply-accumulates.` : ''}\n\n**Training.** ${prose(c.training)}\n\n**Development data.** ${prose(c.data_description ?? `${recipe.data.name}; splits ${Object.entries(recipe.data.splits ?? {}).map(([split, n]) => `${split} ${n}`).join(', ')}.`)}\n\n**Against bias.** ${prose(c.bias_mitigation)}\n\n**Foundation models.** ${prose(c.foundation_models)}\n\n**Maintenance.** ${prose(c.maintenance)}\n\n**Security and privacy.** ${prose(c.security)}`,
    `**Funding.** ${prose(c.funding)} **Third parties.** ${prose(c.third_party)} **Consulted.** ${prose(c.stakeholders)}`,
    `## Key metrics\n\nBy the shipped runtime on the shipped file, ${f.pictures?.toLocaleString('en') ?? ''} samples of the test split; 95 % intervals by bootstrap${f.ci_groups ? ` over ${f.ci_groups} patients or groups` : ''}.${existsSync(join(root, `docs/evidence/${name}.md`)) ? ` Everything else, with plots, is in [docs/evidence/${name}.md](../../docs/evidence/${name}.md).` : ''} All numbers: [evaluation.json](evaluation.json).`,
    `**Usefulness.** ${c.goals?.usefulness ?? ''}\n\n${table(['figure', 'int8, shipped'], keyFigures(f))}${float.length > 0 ? `\n\nThe float network on the same prepared samples: ${float.join(', ')}.` : ''}`,
    `**Fairness.** ${c.goals?.fairness ?? ''}\n\n${fairness(f, evaluation.more)}`,
    `**Safety.** ${c.goals?.safety ?? ''}\n\n${table(['figure', ''], safety(f))}`,
    `## Resources\n\n**Evaluation.** ${prose(c.references ?? 'This page; no publication.')} **Trial.** ${prose(c.trial)} **Consent.** ${prose(c.consent)}`,
    `## Bibliography\n\n${(recipe.citation ?? []).map((/** @type {string} */ line) => `- ${line}`).join('\n')}`,
    existsSync(notes) ? readFileSync(notes, 'utf8').trim() : '',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

// docs/case-studies.md: the studies that the survey tells of, each with the command that does the like here and what it gave.
import { interval, number, table } from './markdown.mjs';
import { metricOf, techniquesOf } from './techniques.mjs';

/** @typedef {import('../models.mjs').Model} Model */
/** @typedef {{ model: Model, e: any }} Judged */
/**
 * who: as the survey numbers it; sure: whether the publication is known, or only what the survey says of it.
 * ours: model, and which of its techniques; needs: what somebody must hold to repeat it.
 * @typedef {{ number: string, what: string, who: string, sure: boolean, technique: string, published: string, command: string, ours: { model: string, techniques: string[] } | null, needs: string }} Study
 */

const own = 'models/recipe train --task';

/** @type {Study[]} */
const studies = [
  {
    number: '5',
    what: 'COVID-19 on chest X-rays (and malaria on blood films)',
    who: 'F. MohiEldeen Alabbasy, A. S. Abohamama, M. F. Alrahmawy. Compressing medical deep neural network models for edge devices using knowledge distillation. J. King Saud Univ. - Comput. Inf. Sci. 35(7), 101616 (2023)',
    sure: true,
    technique: 'distillation from a larger network',
    published: '1.33 to 0.25 MB, 6.14 times faster, accuracy .9984 to .9893',
    command: `${own} classify --data DIR --arch small --grey --distil`,
    ours: { model: 'pneumonia', techniques: ['float', 'distilled'] },
    needs: 'COVID-19 X-rays by class; ours is another disease on X-rays',
  },
  {
    number: '67',
    what: 'skin lesions',
    who: 'not identified; a light network for photographs of skin',
    sure: false,
    technique: 'light architecture',
    published: 'not at hand',
    command: `${own} classify --data DIR --arch small --group patient_id`,
    ours: { model: 'skin-lesion', techniques: ['float', 'int8'] },
    needs: 'HAM10000 or ISIC by class, to compare; ours is PAD-UFES-20, by patient',
  },
  {
    number: '68',
    what: 'brain tumours on MRI',
    who: 'not identified; a light network for three or four classes of brain MRI',
    sure: false,
    technique: 'light architecture',
    published: 'not at hand',
    command: `${own} classify --data DIR --arch small --grey`,
    ours: { model: 'brain-tumour', techniques: ['float', 'int8'] },
    needs: 'patient numbers, which the version of the data used here lacks',
  },
  {
    number: '69',
    what: 'pneumonia on chest X-rays of children',
    who: 'Auxiliary pneumonia classification algorithm based on pruning compression (CPGResNet50). Comput. Math. Methods Med. 2022, 8415187',
    sure: true,
    technique: 'channels pruned (90 %), ghost convolutions, ResNet-50',
    published: '23.7 to 3.455 M parameters (-85 %), 4.12 G to 523 M operations, accuracy within .01',
    command: `${own} classify --data DIR --arch medium --grey --prune channels:0.25`,
    ours: { model: 'pneumonia', techniques: ['float', 'magnitude:0.5', '2:4', 'channels:0.25'] },
    needs: 'the full-size X-rays of Kermany et al., to compare; ours are its 28x28 version',
  },
  {
    number: '70',
    what: 'arrhythmia on ECG (MIT-BIH)',
    who: 'not identified; the survey gives the figures',
    sure: false,
    technique: 'pruning',
    published: '4.4 MB, accuracy .9924, split by beat: the same patients in training and test',
    command: `${own} beats --data DIR`,
    ours: { model: 'arrhythmia', techniques: ['float', 'int8', 'magnitude:0.5', 'ternary'] },
    needs: 'nothing; but ours is split by patient (DS1/DS2), so the accuracies are not comparable',
  },
  {
    number: '71',
    what: 'white blood cells, lensless microscopy',
    who: 'Y. Liao, N. Yu, D. Tian, S. Li, Z. Li. A quantized CNN-based microfluidic lensless-sensing mobile blood-acquisition and analysis system. Sensors 19(23), 5103 (2019)',
    sure: true,
    technique: 'integers only, after training; FPGA',
    published: 'accuracy .9844, .0056 under float',
    command: `${own} classify --data DIR --arch small --weights int8`,
    ours: { model: 'blood-cells', techniques: ['float', 'int8', '4-bit'] },
    needs: 'their pictures, which are not public; ours are eight kinds of stained cells',
  },
  {
    number: '72',
    what: 'breast tumours on ultrasound',
    who: 'M. Garifulla, J. Shin, C. Kim, W. H. Kim, H. J. Kim, J. Kim, S. Hong. A case study of quantizing convolutional neural networks for fast disease diagnosis on portable medical devices. Sensors 22(1), 219 (2022)',
    sure: true,
    technique: 'int8 after training, VGG16 and others, phone with accelerator',
    published: '-75 % size, VGG16 accuracy .870 to .865',
    command: `${own} classify --data DIR --arch medium --grey --weights int8`,
    ours: { model: 'breast-ultrasound', techniques: ['float', 'int8', '4-bit'] },
    needs: 'their hospital\'s pictures, for the same test; ours is BreastMNIST',
  },
  {
    number: '73',
    what: 'tumours in brain MRI and liver CT (segmentation)',
    who: 'R. Zhang, A. C. S. Chung. MedQ: Lossless ultra-low-bit neural network quantization for medical image segmentation. Med. Image Anal. 73, 102200 (2021)',
    sure: true,
    technique: 'ternary weights, trained with the quantiser, radical residual connections',
    published: 'BraTS 2020 and LiTS: 12.6 and 15.5 times smaller, Dice unchanged',
    command: `${own} segment --data DIR --arch small --weights ternary`,
    ours: { model: 'breast-lesion', techniques: ['float', 'int8', 'ternary', 'magnitude:0.55+ternary'] },
    needs: 'BraTS 2020 or LiTS as slices with masks; ours are breast lesions on ultrasound, and activations stay int8',
  },
  {
    number: '74',
    what: 'skin diseases, fair between skin tones',
    who: 'FairQuantize: Achieving fairness through weight quantization for dermatological disease diagnosis. MICCAI 2024',
    sure: true,
    technique: 'power-of-two 8-bit weights, chosen by what they do to the groups\' losses',
    published: 'F1 .850, bias -25.5 % and -56.8 %',
    command: 'models/recipe techniques --model skin-lesion --names power-of-two fair+power-of-two',
    ours: { model: 'skin-lesion', techniques: ['float', 'int8', 'power-of-two', 'fair+power-of-two'] },
    needs: 'Fitzpatrick 17k or ISIC 2019 by class, to compare; in PAD-UFES-20 dark skin is almost absent and the type is missing for 42 %',
  },
  {
    number: '75',
    what: 'teeth on panoramic X-rays (segmentation)',
    who: 'Lightweight deep learning methods for panoramic dental X-ray image segmentation. Neural Comput. Appl. (2022), doi:10.1007/s00521-022-08102-7',
    sure: true,
    technique: 'distillation into a light network',
    published: '0.33 M parameters, IoU .804, Dice .890',
    command: `${own} segment --data DIR --arch medium --grey --distil`,
    ours: { model: 'breast-lesion', techniques: ['float', 'distilled'] },
    needs: 'panoramic X-rays with masks of teeth; ours is another organ',
  },
  {
    number: '76',
    what: 'brain tumours on MRI (also eyes, Alzheimer\'s disease), explained layer by layer',
    who: 'Y. Jiang, X. Zhao, Y. Wu, A. Chaddad. A knowledge distillation-based approach to enhance transparency of classifier models. arXiv:2502.15959 (2025)',
    sure: true,
    technique: 'distillation of DenseNet-121 into five layers, maps of features',
    published: '-50 % operations, time of an explanation -80 %',
    command: `${own} classify --data DIR --arch small --grey --distil`,
    ours: { model: 'brain-tumour', techniques: ['float', 'distilled'] },
    needs: 'their four-class MRI set, to compare; maps of features are not measured here',
  },
  { number: '-', what: 'CT (chest or head)', who: 'the survey names such a study; not identified', sure: false, technique: '-', published: 'not at hand', command: `${own} classify --data DIR --arch small --grey`, ours: null, needs: 'CT slices by class, windowed to 8 bits' },
  { number: '-', what: 'bone (fractures)', who: 'the survey names such a study; not identified', sure: false, technique: '-', published: 'not at hand', command: `${own} classify --data DIR --arch small --grey`, ours: null, needs: 'X-rays by class' },
  { number: '-', what: 'leukaemia on blood films', who: 'the survey names such a study; not identified', sure: false, technique: '-', published: 'not at hand', command: `${own} classify --data DIR --arch small --group patient`, ours: null, needs: 'ALL-IDB or C-NMC by class and patient; blood-cells has no leukaemic cells' },
];

/** @param {Study} study @param {Judged[]} all */
function result({ ours }, all) {
  const judged = all.find(({ model }) => model.name === ours?.model);
  if (!ours || !judged) return '-';
  const { model, e } = judged;
  const rows = techniquesOf(model);
  const wanted = ours.techniques.flatMap((name) => rows.filter(({ technique }) => technique === name));
  if (wanted.length === 0) {
    const metric = model.recipe.task === 'segment' ? 'dice' : model.recipe.task === 'beats' ? 'f1' : 'acc';
    const float = e[`float_${metric}`];
    return `[${model.name}](evidence/${model.name}.md), shipped: ${e.file_bytes.toLocaleString('en')} bytes, ${metric} ${interval(e[metric], e.ci?.[metric])}${typeof float === 'number' ? `; float ${number(float)}` : ''}`;
  }
  const metric = metricOf(wanted, model.recipe.task);
  return `[${model.name}](evidence/${model.name}.md): ${wanted.map((row) => `${row.technique} ${row.bytes.toLocaleString('en')} bytes, ${metric} ${interval(row[metric], row.ci?.[metric])}`).join('; ')}`;
}

/** @param {Judged[]} all */
export function caseStudies(all) {
  const rows = studies.map((study) => [study.number, study.what, `${study.who}${study.sure ? '' : ' (uncertain)'}`, study.technique, study.published, `\`${study.command}\``, result(study, all), study.needs]);
  return `# The survey's case studies

<!-- Written by \`npm run eval -- --write\` from scripts/eval/studies.mjs. -->

**Not a medical device.**

The survey: B. T. Hasan, A. M. A. Al-Sabaawi, Z. J. Al-Araji. Lightweight deep learning for IoT-based medical diagnosis: a survey. Mesopotamian
Journal of Artificial Intelligence in Healthcare 3(1), article 22 (2025), doi:10.58496/MJAIH/2025/023. Numbers in the first column are its references. The
table was put together from the survey's figures as we know them and from the studies' own abstracts; where we could not find which publication is meant, it says
"not identified", and nothing should be quoted from that row. No figure of a study was measured by us, and ours come from other data
than theirs unless the row says otherwise: the columns show what a technique does here, not who is better.

Whoever holds the data of a study can repeat it: \`DIR\` is a folder as [models/README.md](../models/README.md) describes, the
recipe trains, exports, compiles, judges and writes the card.

${table(['study', 'task', 'publication', 'technique', 'published', 'command', 'our result', 'to repeat it one needs'], rows)}

What the techniques did to all our models is in [evidence/README.md](evidence/README.md), where seeds, intervals and the float networks stand beside them.
`;
}

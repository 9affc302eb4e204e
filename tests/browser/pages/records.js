// An examiner that answers with made-up records: every kind of outcome, of every model, without a model. What is examined is the name of
// the outcome, as bytes: `unsure`. All pictures are drawn here.

/** @param {number} width @param {number} height @param {(x: number, y: number) => number} value */
const map = (width, height, value) => Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));

/** A soft spot. @param {number} width @param {number} height @param {number} cx @param {number} cy */
const spot = (width, height, cx, cy) => map(width, height, (x, y) => Math.round(255 * Math.exp(-40 * (((x + 0.5) / width - cx) ** 2 + ((y + 0.5) / height - cy) ** 2))));

/** Something like a chest, or a coloured blot. @param {number} width @param {number} height @param {boolean} colour @param {number} turn */
function picture(width, height, colour, turn = 0) {
  const channels = /** @type {1 | 3} */ (colour ? 3 : 1);
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width - 0.5, y / height - 0.5];
      const lungs = Math.exp(-((Math.abs(u) - 0.2) ** 2) * 60 - v * v * 12);
      const grey = Math.max(0, Math.min(255, 190 - 150 * lungs + 40 * Math.exp(-u * u * 200) + 12 * Math.sin(v * 70 + turn)));
      for (let c = 0; c < channels; c++) pixels[i++] = colour ? Math.max(0, Math.min(255, grey + [40, -20, -10][c])) : grey;
    }
  }
  return { pixels, width, height, channels };
}

/** @type {Record<string, {labels: string[], positive: string | null, answer: 'findings' | 'mask', colour: 'grey' | 'colour', modality: string[], bodyPart: string[]}>} */
const models = {
  pneumonia: { labels: ['normal', 'pneumonia'], positive: 'pneumonia', answer: 'findings', colour: 'grey', modality: ['CR', 'DX'], bodyPart: ['CHEST', 'THORAX'] },
  'brain-tumour': { labels: ['glioma', 'meningioma', 'pituitary'], positive: null, answer: 'findings', colour: 'grey', modality: ['MR'], bodyPart: ['BRAIN'] },
  'breast-ultrasound': { labels: ['malignant', 'normal or benign'], positive: 'malignant', answer: 'findings', colour: 'grey', modality: ['US'], bodyPart: ['BREAST'] },
  'breast-lesion': { labels: ['lesion'], positive: null, answer: 'mask', colour: 'grey', modality: ['US'], bodyPart: ['BREAST'] },
  'blood-cells': { labels: ['basophil', 'eosinophil', 'erythroblast', 'ig', 'lymphocyte', 'monocyte', 'neutrophil', 'platelet'], positive: null, answer: 'findings', colour: 'colour', modality: ['GM', 'SM'], bodyPart: [] },
  'skin-lesion': { labels: ['ACK', 'BCC', 'MEL', 'NEV', 'SCC', 'SEK'], positive: null, answer: 'findings', colour: 'colour', modality: ['XC', 'DMS'], bodyPart: [] },
  'retina-vessels': { labels: ['vessel'], positive: null, answer: 'mask', colour: 'colour', modality: ['OP'], bodyPart: ['EYE'] },
};

const HASH = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

/** @param {string} id */
function card(id) {
  const { labels, positive, answer } = models[id];
  return {
    id, title: 'Title of the model', version: '1', sha256: HASH, contentSha256: HASH, fileBytes: 59028, answer, labels, positive, setCoverage: 0.95,
    intendedUse: 'Research and demonstration.', limits: ['First limit.', 'Second limit.'], data: 'Data', licence: 'MIT', citation: ['A paper.', 'Another paper.'],
    codes: { report: null, bodySite: null, labels: {} },
  };
}

/** @param {string[]} labels @param {number[]} probabilities */
const findings = (labels, probabilities) => labels.map((label, index) => {
  const probability = probabilities[index];
  const [low, high] = [Math.max(0, probability - 0.06), Math.min(1, probability + 0.06)];
  const q16 = (/** @type {number} */ p) => Math.round(p * 65536);
  return { label, index, probability, low, high, logit: Math.round(40 * (probability - 0.5)), inSet: probability > 0.2, probabilityQ16: q16(probability), lowQ16: q16(low), highQ16: q16(high) };
});

/** One label leads. @param {string[]} labels @param {number} leading @param {number} p */
const led = (labels, leading, p) => findings(labels, labels.map((_, i) => (i === leading ? p : (1 - p) / (labels.length - 1))));

/** What a file says of its patient. */
const identity = { patientName: 'Drawn^Chest', patientId: 'TEST-1', studyDate: '20260304', viewPosition: 'AP', laterality: null };

/**
 * A record of an outcome: finding, negative, unsure, refused, wrong-exam, empty (mask), dicom, frames (none chosen), unstated, nowhere; or the code of an error that is thrown.
 * @param {string} id @param {string} outcome @param {any} options
 */
export function made(id, outcome, options = {}) {
  const { labels, answer, colour, modality, bodyPart } = models[id];
  const dicom = ['dicom', 'frames', 'unstated', 'wrong-exam'].includes(outcome);
  const drawn = picture(320, 240, colour === 'colour', options.frame ?? 0);
  /** @type {any} */
  const record = {
    format: 'bedside-exam/1', id: '6f1c1bd2-6a51-4c1c-9d5e-1f2e3d4c5b6a', time: '2026-03-04T05:06:07.000Z', software: { name: 'bedside', version: '0.1.0', simd: 'simd128' },
    model: card(id),
    input: {
      name: dicom ? 'IM000001' : 'picture.png', kind: dicom ? 'dicom' : 'png', sha256: HASH, bytes: 123456, width: 320, height: 240, frame: options.frame ?? 0, frames: dicom ? 12 : 1,
      region: { x: 40, y: 0, width: 240, height: 240 }, dicom: dicom ? identity : null, window: dicom ? (options.window ? { ...options.window, from: 'given' } : { centre: 40, width: 400, from: 'file' }) : null,
    },
    checks: [], outcome: 'finding', refusal: null, findings: [], top: null, marking: null, doubts: [], distance: 1.25, distanceLimit: 2.5, explanation: null,
    times: { readMs: 1.2, prepareMs: 3.4, runMs: 0.6, explainMs: 12, totalMs: 17.6 }, picture: drawn,
  };
  const check = (/** @type {'modality' | 'bodyPart'} */ what, /** @type {string[]} */ expected, /** @type {string | null} */ found, stated = false) => ({ what, expected, found, stated, ok: found !== null && expected.includes(found) });
  if (dicom) record.checks = [check('modality', modality, modality[0]), check('bodyPart', bodyPart, bodyPart[0])];
  if (outcome === 'unstated') record.checks[1] = check('bodyPart', bodyPart, options.stated?.bodyPart ?? null, !!options.stated);
  const refuse = (/** @type {string} */ code, /** @type {string} */ message) => Object.assign(record, { outcome: 'refused', refusal: { code, message } });
  if (outcome === 'refused') {
    delete record.picture;
    return refuse('BDS_E_IMAGE_FORMAT', 'This is an HTML page, not a picture.');
  }
  if (outcome === 'unknown') return refuse('BDS_E_UNKNOWN', 'This picture is unlike everything that the model has learned from.');
  if (outcome === 'wrong-exam') {
    record.checks[1] = check('bodyPart', bodyPart, 'HAND');
    delete record.picture;
    return refuse('BDS_E_WRONG_EXAM', 'This is an exam of the body part HAND.');
  }
  if (outcome === 'unstated' && options.stated && !record.checks[1].ok) return refuse('BDS_E_WRONG_EXAM', 'This is an exam of the body part UNKNOWN, as was stated.');
  if (outcome === 'unstated' && !options.stated) [record.outcome, record.doubts] = ['unsure', ['unstated']];
  if (outcome === 'frames' && options.frame === undefined) [record.outcome, record.doubts] = ['unsure', ['frames']];
  if (outcome === 'unsure') [record.outcome, record.doubts] = ['unsure', ['unsure', colour === 'grey' ? 'colour' : 'colourless', 'small']];
  const nowhere = outcome === 'nowhere' || outcome === 'empty';
  if (answer === 'mask') {
    const mask = map(60, 60, (x, y) => (outcome !== 'empty' && (x - 22) ** 2 + (y - 40) ** 2 < 120 ? 1 : 0));
    const marked = mask.reduce((sum, value) => sum + value, 0);
    record.marking = { label: labels[0], marked, area: marked / 3600, certainty: 0.83, width: 60, height: 60, mask };
    record.explanation = { method: 'mask', label: labels[0], map: spot(60, 60, 0.36, 0.66), width: 60, height: 60, peak: 0.97, places: nowhere ? [] : ['lower-left', 'lower'], sha256: HASH };
    return record;
  }
  const leading = outcome === 'negative' ? labels.findIndex((label) => label !== record.model.positive) : Math.max(0, labels.indexOf(record.model.positive ?? labels[1]));
  record.findings = led(labels, leading, outcome === 'unsure' ? 0.55 : 0.931);
  record.top = leading;
  record.explanation = { method: 'cam', label: labels[leading], map: nowhere ? map(14, 14, () => 30) : spot(14, 14, 0.3, 0.7), width: 14, height: 14, peak: 3.21, places: nowhere ? [] : ['lower-left', 'left'], sha256: HASH };
  return record;
}

/** Layers of a network that there is not. */
export const layers = () => ['conv', 'conv', 'pool', 'dense'].map((name, i) => {
  const [size, channels] = [[28, 4], [14, 70], [7, 16], [1, 12]][i];
  return { name, dims: /** @type {[number, number, number, number]} */ ([1, size, size, channels]), scale: 1, zeroPoint: 0, data: Int8Array.from({ length: size * size * channels }, (_, n) => ((n * 37) % 255) - 127) };
});

/** @param {string} id of the model @returns {any} */
export function recordsExaminer(id) {
  const { answer, colour, modality, bodyPart, positive } = models[id];
  return {
    entry: { id, url: '', sha256: HASH, answer, ...(positive ? { positive } : {}), exam: { modality, bodyPart, colour }, codes: { report: null, bodySite: null, labels: {} } },
    card: card(id),
    engine: { simd: 'simd128', why: 'made up' },
    async examine(/** @type {any} */ input, /** @type {any} */ options = {}) {
      const bytes = input instanceof Blob ? new Uint8Array(await input.arrayBuffer()) : input;
      const outcome = new TextDecoder().decode(bytes);
      options.onProgress?.({ stage: 'run', step: 1, steps: 4 });
      if (outcome === 'slow') {
        await new Promise((resolve, reject) => {
          const end = setTimeout(resolve, 60_000);
          const stop = () => {
            clearTimeout(end);
            reject(Object.assign(new Error('The examination was cancelled.'), { code: 'BDS_E_ABORTED' }));
          };
          if (options.signal?.aborted) stop(); // while its bytes were read
          else options.signal?.addEventListener('abort', stop);
        });
      }
      if (outcome.startsWith('BDS_E_')) throw Object.assign(new Error('The plain English sentence.'), { code: outcome });
      const record = made(id, outcome, options);
      if (options.keepLayers) record.layers = layers();
      return record;
    },
    requests: async () => [],
    dispose() {},
  };
}

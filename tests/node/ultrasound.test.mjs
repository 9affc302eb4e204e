// Ultrasound as machines store it, the whole screen: which part of it is the picture, and that this part alone is examined.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { createExaminer, recordFromJson, recordOptions, recordToJson } from '../../web/exam/exam.js';
import { overlay } from '../../web/reports/overlay.js';
import { conclusion } from '../../web/reports/sentences.js';
import { breastUs, dicomFile, syntaxes, ultrasoundRegion } from '../support/dicom-objects.mjs';
import * as drawn from '../support/drawn.mjs';
import { machine } from '../support/screens.mjs';
import { noModel } from './common.mjs';

const grey = drawn.ultrasound();
const picture = { ...grey, pixels: grey.pixels.subarray(0, 230 * 256), height: 230 };
const place = { x: 130, y: 70, width: 640, height: 400 };
const screen = machine(picture, place);
const corners = [130, 70, 130 + 255, 70 + 229];
const part = { x: 130, y: 70, width: 256, height: 230 };
const region = ultrasoundRegion(corners);
const SAID = 'Of the ultrasound screen only the part with the picture was examined (256 x 230 pixels).';

/** @type {import('../../web/exam/exam.js').Examiner[]} */
const opened = [];
after(() => opened.forEach((examiner) => examiner.dispose()));

describe('the region of tissue', () => {
  const tissue = async (/** @type {import('../support/dicom-writer.mjs').Element[][] | null} */ regions, options = {}) => (await readDicom(dicomFile(breastUs(screen, regions), options))).tissue;

  test('its last column and row belong to it, in every encoding', async () => {
    for (const syntax of [syntaxes.explicit, syntaxes.implicit, syntaxes.big, syntaxes.deflated]) assert.deepEqual(await tissue([region], { syntax }), part, syntax);
    assert.deepEqual(await tissue([region], { undefinedLengths: true }), part);
    assert.deepEqual(await tissue([ultrasoundRegion([0, 0, 31, 31])]), { x: 0, y: 0, width: 32, height: 32 });
    assert.deepEqual(await tissue([ultrasoundRegion([1, 0, 639, 399])]), { x: 1, y: 0, width: 639, height: 400 });
  });

  test('a trace or the grey bar beside it is no other picture', async () => {
    const [trace, bar] = [ultrasoundRegion([130, 320, 385, 380], { format: 4, type: 10 }), ultrasoundRegion([616, 40, 627, 359], { format: 5, type: 13 })];
    assert.deepEqual(await tissue([trace, region, bar]), part);
  });

  /** @type {Record<string, import('../support/dicom-writer.mjs').Element[][] | null>} */
  const none = {
    'no sequence': null,
    'an empty sequence': [],
    'two pictures': [region, ultrasoundRegion([400, 70, 500, 170])],
    'the same picture twice': [region, region],
    'a spectrum beside it': [region, ultrasoundRegion([0, 300, 639, 399], { format: 3, type: 3 })],
    'flow in colours in it': [region, ultrasoundRegion([150, 90, 250, 190], { type: 2 })],
    'M-mode': [ultrasoundRegion(corners, { format: 2 })],
    'a spectrum': [ultrasoundRegion(corners, { type: 3 })],
    'a column outside': [ultrasoundRegion([130, 70, 640, 300])],
    'a row outside': [ultrasoundRegion([130, 70, 600, 400])],
    'far outside, the same in 16 bits': [ultrasoundRegion([130, 70, 65536 + 385, 299])],
    'corners that are changed over': [ultrasoundRegion([385, 299, 130, 70])],
    'the whole frame': [ultrasoundRegion([0, 0, 639, 399])],
    'too narrow': [ultrasoundRegion([130, 70, 160, 299])],
    'too low': [ultrasoundRegion([130, 70, 385, 100])],
    'no corner': [region.filter(([tag]) => tag !== 0x0018601c)],
  };
  for (const [what, regions] of Object.entries(none)) {
    test(`none: ${what}`, async () => {
      for (const syntax of [syntaxes.explicit, syntaxes.implicit]) assert.equal(await tissue(regions, { syntax }), null);
    });
  }
});

for (const id of ['breast-ultrasound', 'breast-lesion']) {
  test(`${id}: of a screen the picture is examined as if it were alone`, { skip: noModel }, async () => {
    const examiner = await createExaminer({ model: id, worker: 'here' });
    opened.push(examiner);
    const file = dicomFile(breastUs(screen, [region]));
    const whole = { keepPicture: true, stated: { modality: 'US', bodyPart: 'BREAST' } };
    const [alone, record] = [await examiner.examine(picture, whole), await examiner.examine(file, { keepPicture: true })];
    assert.notEqual(record.outcome, 'refused', record.refusal?.message);
    const same = (/** @type {import('../../web/exam/exam.js').Examined} */ { outcome, findings, top, marking, doubts, distance, explanation, input }) => ({ outcome, findings, top, marking, doubts, distance, explanation, region: input?.region, width: input?.width, height: input?.height });
    assert.deepEqual(same(record), same(alone));
    assert.deepEqual([record.input?.part, record.input?.width, record.input?.height], [part, 256, 230]);
    assert.equal(alone.input?.part, undefined);
    assert.deepEqual([record.picture?.width, record.picture?.height], [256, 230]);
    assert.deepEqual(record.picture?.pixels, picture.pixels);

    const shown = overlay(record, /** @type {import('../../web/bedside.js').Pixels} */ (record.picture));
    assert.deepEqual([shown.width, shown.height], [256, 230]);
    assert.equal(conclusion(record).filter((sentence) => sentence === SAID).length, 1);
    assert.ok(!conclusion(alone).includes(SAID));

    const stored = recordFromJson(recordToJson(record));
    assert.deepEqual(stored.input, record.input);
    const again = await examiner.examine(file, recordOptions(stored));
    assert.deepEqual([again.findings, again.marking, again.input], [stored.findings, stored.marking, stored.input]);

    const inRgb = { ...picture, channels: /** @type {const} */ (3), pixels: Uint8Array.from({ length: 3 * picture.pixels.length }, (_, i) => picture.pixels[Math.floor(i / 3)]) };
    const coloured = await examiner.examine(dicomFile(breastUs(machine(inRgb, place), [region])));
    assert.deepEqual([coloured.findings, coloured.marking, coloured.input?.part], [record.findings, record.marking, part]);

    for (const regions of [null, [region, region], [ultrasoundRegion([130, 70, 640, 299])], [ultrasoundRegion(corners, { format: 2 })], [ultrasoundRegion(corners, { type: 3 })]]) {
      const refused = await examiner.examine(dicomFile(breastUs(screen, regions)));
      assert.equal(refused.outcome, 'refused');
      assert.match(refused.refusal?.code ?? '', /^BDS_E_(DRAWN|UNKNOWN)$/);
      assert.deepEqual([refused.findings, refused.marking, refused.input?.part, refused.input?.width], [[], null, undefined, 640]);
      assert.ok(!conclusion(refused).includes(SAID));
    }
  });
}

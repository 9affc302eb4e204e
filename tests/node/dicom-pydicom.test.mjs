// DICOM in, against pydicom: every test file that comes with it reads to the same values, bit for bit, or is refused with the reason.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BedsideError } from '../../web/bedside.js';
import { readFile } from '../../web/dicom/file.js';
import { isDicom, readDicom } from '../../web/dicom/dicom.js';
import { dicomFile, encapsulated, imagePixel, syntaxes } from '../support/dicom-objects.mjs';
import { pydicomLines } from '../support/pydicom.mjs';
import { fails } from './common.mjs';
import { sha256 } from './tiny-model.mjs';

/** @typedef {{ dtype: string, shape: number[], sha256: string[], error?: string }} Pixels */
/** @typedef {{ file: string, photometric: string | null, name: string | null, modality: string | null, pixels: boolean, handlers: Record<string, Pixels>, rgb?: string[] | null, elements?: [number, number, number | null][], error?: string }} Line */

function pydicom() {
  const [head, ...lines] = pydicomLines('pydicom_pixels.py') ?? [];
  return head ? { head: /** @type {{ pydicom: string, folder: string }} */ (head), lines: /** @type {Line[]} */ (lines) } : null;
}

const found = pydicom();
const skip = found ? false : 'pydicom with NumPy, Pillow and GDCM is not there';
const lines = found?.lines ?? [];
const bytesOf = (/** @type {Line} */ line) => new Uint8Array(readFileSync(join(found?.head.folder ?? '', line.file)));

/** @param {ArrayBufferView} array */
const digest = (array) => sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

/**
 * Files of pydicom 2.3.1 (Debian 12) with pixels that are refused, and why. The first three GDCM reads: two hold 12-bit JPEG, which the decoder does not
 * have, and one a JPEG 2000 header that was damaged on purpose. Of the other four pydicom gives no pixels either.
 * @type {Record<string, [string, RegExp]>}
 */
const refused = {
  'test_files/JPEG-lossy.dcm': ['BDS_E_DICOM_UNSUPPORTED', /12 bits .*JPEG Extended/],
  'test_files/JPGExtended.dcm': ['BDS_E_DICOM_UNSUPPORTED', /12 bits .*JPEG Extended/],
  'test_files/JPEG2000-embedded-sequence-delimiter.dcm': ['BDS_E_DICOM_CORRUPT', /damaged header/],
  'test_files/MR_truncated.dcm': ['BDS_E_DICOM_CORRUPT', /too long or cut off/],
  'test_files/badVR.dcm': ['BDS_E_DICOM_CORRUPT', /\(0028,0008\) should hold a number and holds "1A"/],
  'test_files/meta_missing_tsyntax.dcm': ['BDS_E_DICOM_CORRUPT', /no value representation/],
  'test_files/nested_priv_SQ.dcm': ['BDS_E_DICOM_CORRUPT', /no value representation/],
};

describe('DICOM against pydicom', { skip }, () => {
  test('the values of every file with pixels are equal, bit for bit, or it is refused with the reason', async () => {
    let equal = 0;
    const different = [];
    for (const line of lines.filter((each) => each.pixels)) {
      const given = Object.entries(line.handlers ?? {}).filter(([, pixels]) => pixels.sha256);
      const expectation = refused[line.file];
      try {
        const object = await readDicom(bytesOf(line));
        /** @type {string[]} */
        const frames = [];
        let type = '';
        for (let frame = 0; frame < object.frames; frame++) {
          const values = await object.stored(frame);
          type = values.constructor.name.replace('Array', '').toLowerCase();
          frames.push(digest(values));
        }
        const same = given.filter(([, pixels]) => pixels.dtype === type && pixels.sha256.join() === frames.join());
        if (same.length > 0 && !expectation) equal++;
        else different.push(`${line.file}: ${type}, pydicom ${JSON.stringify(given)}`);
        if (line.rgb) {
          const pictures = [];
          for (let frame = 0; frame < object.frames; frame++) pictures.push(digest(/** @type {Uint8Array} */ ((await object.picture(frame)).pixels.pixels)));
          assert.deepEqual(pictures, line.rgb, `${line.file}: RGB as libjpeg makes it`);
        }
      } catch (error) {
        if (!(error instanceof BedsideError) || !expectation) throw new Error(`${line.file}`, { cause: error });
        assert.equal(error.code, expectation[0], line.file);
        assert.match(error.message, expectation[1], line.file);
      }
    }
    assert.deepEqual(different, []);
    const withPixels = lines.filter((line) => line.pixels).length;
    const names = Object.keys(refused).filter((file) => lines.some((line) => line.file === file && line.pixels));
    console.log(`pydicom ${found?.head.pydicom}: ${equal} equal, ${withPixels - equal} refused (${names.join(', ')}), ${different.length} different`);
    assert.equal(equal, withPixels - names.length);
    if (found?.head.pydicom === '2.3.1') assert.deepEqual([equal, names.length], [90, 7]);
  });

  test('what has no pixels is refused and says what it is', async () => {
    for (const line of lines.filter((each) => !each.pixels)) {
      await assert.rejects(readDicom(bytesOf(line)), (error) => {
        assert.ok(error instanceof BedsideError && /^BDS_E_DICOM_(FORMAT|CORRUPT|UNSUPPORTED)$/.test(error.code), `${line.file}: ${error}`);
        if (/DICOMDIR/.test(line.file)) assert.match(error.message, /DICOMDIR/, line.file);
        return true;
      }, line.file);
    }
  });

  test('names in every character set', async () => {
    let names = 0;
    for (const line of lines.filter((each) => each.pixels && each.name !== null && !refused[each.file])) {
      const { identity } = await readDicom(bytesOf(line));
      assert.equal(identity.patientName, line.name, line.file);
      assert.equal(identity.modality, line.modality, line.file);
      names++;
    }
    assert.ok(names > 50);
  });

  test('JPEG 2000 of which some tiles are missing is not shown with black ones', async () => {
    const line = lines.find((each) => each.file === 'test_files/GDCMJ2K_TextGBR.dcm');
    assert.ok(line);
    const file = Buffer.from(bytesOf(line));
    const begin = file.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
    const starts = [];
    for (let at = file.indexOf(Buffer.from([0xff, 0x90, 0, 10]), begin); at > 0; at += file.readUInt32BE(at + 6)) {
      if (file.readUInt16BE(at) !== 0xff90) break;
      starts.push(at);
    }
    assert.ok(starts.length >= 16);
    const image = { width: 400, height: 400, samples: 3, photometric: 'YBR_RCT', allocated: /** @type {const} */ (8) };
    for (const tiles of [1, 8, 15]) {
      const coded = Uint8Array.from([...file.subarray(begin, starts[tiles]), 0xff, 0xd9]);
      const cut = dicomFile([[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'], ...imagePixel(image, null), ...encapsulated([coded])], { syntax: syntaxes.jpeg2000 });
      await fails(readDicom(cut).then((object) => object.stored(0)), 'BDS_E_DICOM_CORRUPT', /parts of the picture are missing/);
    }
  });

  test('every file is recognised, and nothing else is', () => {
    const headless = ['test_files/no_meta.dcm']; // its first byte is damaged
    for (const line of lines) assert.equal(isDicom(bytesOf(line)), !headless.includes(line.file), line.file);
    for (const other of ['package.json', 'demo/samples/clear-1.png', 'demo/samples/clear-2.jpg', 'models/pneumonia/pneumonia.bds', 'web/dicom/dicom.js', 'README.md']) {
      const path = new URL(`../../${other}`, import.meta.url);
      if (existsSync(path)) assert.equal(isDicom(new Uint8Array(readFileSync(path))), false, other);
    }
    for (const bytes of [[], [8], [8, 0, 5, 0, 0x43, 0x53], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [8, 0, 0, 0, 255, 255, 255, 255]]) assert.equal(isDicom(Uint8Array.from(bytes)), false);
  });

  test('the elements are where pydicom finds them', async () => {
    let compared = 0;
    for (const line of lines) {
      let ours;
      try {
        ours = await readFile(bytesOf(line), 2 ** 26);
      } catch {
        continue; // the other tests say whether it had to be refused
      }
      const theirs = new Map((line.elements ?? []).map(([tag, at, length]) => [tag, { at, length }]));
      for (const { tag, start, length, undefinedLength } of ours.set.elements.values()) {
        const name = `${line.file} ${tag.toString(16)}`;
        const other = theirs.get(tag);
        assert.ok(other, name);
        assert.equal(start, other.at, name);
        if (!undefinedLength && other.length !== null) assert.equal(length, other.length, name);
        theirs.delete(tag);
      }
      const last = Math.max(...[...ours.set.elements.values()].map(({ tag }) => tag));
      assert.deepEqual([...theirs.keys()].filter((tag) => tag < last), [], `${line.file}: missing`);
      compared++;
    }
    console.log(`pydicom: ${compared} files have the same elements`);
    assert.ok(compared > 120);
  });
});

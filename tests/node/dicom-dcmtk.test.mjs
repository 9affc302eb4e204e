// DICOM in, against DCMTK: what its programs make of an object, in every transfer syntax without loss that they write, reads to the values of the object.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readDicom } from '../../web/dicom/dicom.js';
import { chestDx, colourCapture, dicomFile, multiFrame, signedCt } from '../support/dicom-objects.mjs';

const skip = ['dcmconv', 'dcmcrle', 'dcmcjpeg', 'dcmcjpls'].every((program) => spawnSync(program, ['--version']).status === 0) ? false : 'DCMTK is not there';

/** @param {Uint8Array} bytes */
async function valuesOf(bytes) {
  const object = await readDicom(bytes);
  const values = [];
  for (let frame = 0; frame < object.frames; frame++) values.push(await object.stored(frame));
  return { syntax: object.identity.transferSyntaxUid, values };
}

describe('DICOM against DCMTK', { skip }, () => {
  const objects = { chest: chestDx(), ct: signedCt(), frames: multiFrame(3), colour: colourCapture() };
  /** Program and options, and the transfer syntax that comes of it. @type {[string, string[], string][]} */
  const forms = [
    ['dcmconv', ['+ti'], '1.2.840.10008.1.2'], ['dcmconv', ['+te', '-e'], '1.2.840.10008.1.2.1'], ['dcmconv', ['+tb'], '1.2.840.10008.1.2.2'], ['dcmconv', ['+td'], '1.2.840.10008.1.2.1.99'],
    ['dcmcrle', [], '1.2.840.10008.1.2.5'], ['dcmcrle', ['-ot'], '1.2.840.10008.1.2.5'],
    ['dcmcjpeg', ['+e1'], '1.2.840.10008.1.2.4.70'], ['dcmcjpeg', ['+e1', '+fs', '1', '-ot'], '1.2.840.10008.1.2.4.70'],
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => /** @type {[string, string[], string]} */ (['dcmcjpeg', ['+el', '+sv', String(n)], '1.2.840.10008.1.2.4.57'])),
    ['dcmcjpls', ['+il'], '1.2.840.10008.1.2.4.80'], ['dcmcjpls', ['+is'], '1.2.840.10008.1.2.4.80'], ['dcmcjpls', ['+in'], '1.2.840.10008.1.2.4.80'], ['dcmcjpls', ['+pc'], '1.2.840.10008.1.2.4.80'],
  ];
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedside-dicom-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, elements] of Object.entries(objects)) {
    test(name, async () => {
      const [from, to] = [join(folder, `${name}.dcm`), join(folder, `${name}.out.dcm`)];
      const bytes = dicomFile(elements);
      const { values } = await valuesOf(bytes);
      writeFileSync(from, bytes);
      for (const [program, options, syntax] of forms) {
        const { status, stderr } = spawnSync(program, [...options, from, to], { encoding: 'utf8' });
        assert.equal(status, 0, `${program} ${options.join(' ')}: ${stderr}`);
        const read = await valuesOf(new Uint8Array(readFileSync(to)));
        assert.equal(read.syntax, syntax);
        assert.deepEqual(read.values, values, `${program} ${options.join(' ')}`);
      }
    });
  }
});

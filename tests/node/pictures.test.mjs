// Pictures, good and bad: what is accepted gives one result whatever way it comes; what is refused is named and leaves no finding.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fails, open, samples } from './common.mjs';
import { grey, isAlpha, png, pngHeader } from './pictures.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';

const bytes = tinyModel({ size: 16 });
const good = png(40, 30, 1, grey(200));
const jpegs = readdirSync(samples).filter((name) => name.endsWith('.jpg'));
const jpeg = readFileSync(new URL(jpegs[0], samples));

const text = (/** @type {string} */ s) => new Uint8Array(Buffer.from(s, 'latin1'));
/** @type {[string, import('../../web/bedside.js').PictureInput, string | string[], RegExp?][]} */
const bad = [
  ['an empty file', new Uint8Array(0), 'BDS_E_IMAGE_FORMAT', /0 bytes/],
  ['one byte', text('x'), 'BDS_E_IMAGE_FORMAT'],
  ['a text file', text('Dear colleague,\nthank you for sending'), 'BDS_E_IMAGE_FORMAT', /Received: text/],
  ['an HTML page', text('<!doctype html><html></html>'), 'BDS_E_IMAGE_FORMAT', /HTML page/],
  ['a PDF', text('%PDF-1.7\n%\xe2\xe3\xcf\xd3'), 'BDS_E_IMAGE_FORMAT', /PDF/],
  ['a DICOM file', text(`${'\0'.repeat(128)}DICM\x02\0\0\0`), 'BDS_E_IMAGE_FORMAT', /DICOM/],
  ['a GIF', text('GIF89a\x01\0\x01\0\0\0\0;'), 'BDS_E_IMAGE_FORMAT', /GIF/],
  ['a WebP', text('RIFF\x24\0\0\0WEBPVP8 '), 'BDS_E_IMAGE_FORMAT', /WebP/],
  ['a HEIC photograph', text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), 'BDS_E_IMAGE_FORMAT', /HEIC/],
  ['a TIFF', text('II*\0\x08\0\0\0'), 'BDS_E_IMAGE_FORMAT', /TIFF/],
  ['a BMP', text('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'), 'BDS_E_IMAGE_FORMAT', /BMP/],
  ['a ZIP', text('PK\x03\x04\x14\0\0\0'), 'BDS_E_IMAGE_FORMAT', /ZIP/],
  ['random bytes', Uint8Array.from({ length: 500 }, (_, i) => (i * 167 + 5) & 255), 'BDS_E_IMAGE_FORMAT', /unknown kind/],
  ['a PNG of 30,000 x 30,000 pixels', pngHeader(30000, 30000), 'BDS_E_IMAGE_SIZE', /30000 x 30000/],
  ['a PNG of 2^31 - 1 squared pixels', pngHeader(2 ** 31 - 1, 2 ** 31 - 1), ['BDS_E_IMAGE_SIZE', 'BDS_E_IMAGE_CORRUPT']],
  ['a PNG of no pixels', pngHeader(0, 10), ['BDS_E_IMAGE_SIZE', 'BDS_E_IMAGE_CORRUPT']],
  ['a PNG without its data', pngHeader(300, 300), 'BDS_E_IMAGE_CORRUPT', /300 x 300/],
  ['a PNG that ends early', good.subarray(0, good.length / 2), 'BDS_E_IMAGE_CORRUPT'],
  ['only the signature of a PNG', good.subarray(0, 8), 'BDS_E_IMAGE_CORRUPT'],
  ['a JPEG that ends early', jpeg.subarray(0, jpeg.length / 2), 'BDS_E_IMAGE_CORRUPT'],
  ['only the beginning of a JPEG', jpeg.subarray(0, 3), 'BDS_E_IMAGE_CORRUPT'],
  ['a blank picture', png(64, 64, 1, () => 90), 'BDS_E_IMAGE_BLANK'],
  ['a blank colour picture', png(64, 64, 3, (x, y, c) => 80 * c), 'BDS_E_IMAGE_BLANK'],
  ['pixels that are not all there', { pixels: new Uint8Array(99), width: 10, height: 10, channels: 1 }, 'BDS_E_ARGUMENT'],
  ['pixels of no size', { pixels: new Uint8Array(99), width: 0, height: 10, channels: 1 }, 'BDS_E_ARGUMENT'],
  ['pixels of half a size', { pixels: new Uint8Array(99), width: 2.5, height: 4, channels: 1 }, 'BDS_E_ARGUMENT'],
  ['sizes whose product overflows', { pixels: new Uint8Array(99), width: 65536, height: 65536, channels: 1 }, 'BDS_E_ARGUMENT'],
  ['more pixels than the size says', { pixels: new Uint8Array(101), width: 10, height: 10, channels: 1 }, 'BDS_E_ARGUMENT', /takes 100 bytes, not 101/],
  ['RGBA as one channel', { pixels: new Uint8Array(400), width: 10, height: 10, channels: 1 }, 'BDS_E_ARGUMENT', /takes 100 bytes, not 400/],
  ['one byte less than the stride asks for', { pixels: new Uint8Array(117), width: 10, height: 10, channels: 1, stride: 12 }, 'BDS_E_ARGUMENT', /118 to 120 bytes, not 117/],
  ['one byte more than the stride asks for', { pixels: new Uint8Array(121), width: 10, height: 10, channels: 1, stride: 12 }, 'BDS_E_ARGUMENT', /118 to 120 bytes, not 121/],
  ['a stride shorter than a row', { pixels: new Uint8Array(100), width: 10, height: 10, channels: 1, stride: 9 }, 'BDS_E_ARGUMENT', /stride/],
  // @ts-expect-error for the test
  ['five channels', { pixels: new Uint8Array(99), width: 2, height: 2, channels: 5 }, 'BDS_E_ARGUMENT'],
  // @ts-expect-error for the test
  ['a string', 'picture.png', 'BDS_E_ARGUMENT'],
  // @ts-expect-error for the test
  ['null', null, 'BDS_E_ARGUMENT'],
];

for (const [name, input, code, message] of bad) {
  test(`${name} is refused, and leaves no finding`, async () => {
    const model = await open(bytes);
    const before = await model.diagnose(good);
    for (const given of input instanceof Uint8Array ? [input, new Blob([/** @type {BlobPart} */ (input)])] : [input]) {
      await fails(model.diagnose(given), code, message);
      await fails(() => model.findings(), 'BDS_E_STATE');
      await fails(() => model.run(), 'BDS_E_STATE');
    }
    assert.deepEqual((await model.diagnose(good)).findings, before.findings);
  });
}

test('numbers wider than a byte, or signed, are never taken for pixels or for a file', async () => {
  const model = await open(bytes);
  const size = { width: 20, height: 20, channels: /** @type {1} */ (1) };
  const ramp = Uint8Array.from({ length: 400 }, (_, i) => i & 255);
  await model.diagnose({ pixels: ramp, ...size });
  const buffer = /** @type {ArrayBuffer} */ (ramp.buffer);
  assert.deepEqual((await model.diagnose({ pixels: buffer, ...size })).findings, (await model.diagnose({ pixels: ramp, ...size })).findings);
  const file = new Uint8Array(Math.ceil(good.length / 8) * 8);
  file.set(good);
  /** @type {any[]} */
  const kinds = [Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, DataView];
  for (const Kind of kinds) {
    // As many elements, and as many bytes, as there are pixels.
    const n = Kind.BYTES_PER_ELEMENT ?? 1;
    for (const pixels of [new Kind(new ArrayBuffer(400 * n)), new Kind(buffer)]) {
      await fails(model.diagnose({ pixels, ...size }), 'BDS_E_ARGUMENT', new RegExp(Kind.name));
      await fails(() => model.findings(), 'BDS_E_STATE');
    }
    await fails(model.diagnose(new Kind(file.buffer)), 'BDS_E_ARGUMENT');
    await fails(() => model.findings(), 'BDS_E_STATE');
  }
  // @ts-expect-error for the test
  for (const pixels of [null, [...ramp], new Blob([ramp])]) await fails(model.diagnose({ pixels, ...size }), 'BDS_E_ARGUMENT');
});

test('padding after the last row may be missing', async () => {
  const model = await open(bytes);
  const padded = Uint8Array.from({ length: 20 * 24 }, (_, i) => (i * 7) & 255);
  const picture = { width: 20, height: 20, channels: /** @type {1} */ (1), stride: 24 };
  assert.deepEqual((await model.diagnose({ pixels: padded.subarray(0, 476), ...picture })).findings, (await model.diagnose({ pixels: padded, ...picture })).findings);
});

test('a JPEG or PNG cut off anywhere is refused or decoded, never half a finding', async () => {
  const model = await open(bytes);
  const small = png(24, 24, 3, (x, y, c) => (x * 9 + y * 7 + c * 50) & 255);
  const whole = await model.diagnose(small);
  for (let n = 0; n < small.length; n++) {
    try {
      // What follows the last pixel (checksum, end mark) may be missing: then the result is that of the whole.
      assert.deepEqual((await model.diagnose(small.subarray(0, n))).findings, whole.findings, `${n} of ${small.length} bytes`);
      assert.ok(n > small.length - 24, `${n} of ${small.length} bytes`);
    } catch (error) {
      await fails(Promise.reject(error), ['BDS_E_IMAGE_FORMAT', 'BDS_E_IMAGE_CORRUPT']);
    }
  }
  const held = model.memoryBytes;
  for (let n = 0; n < jpeg.length - 2; n += 97) {
    await fails(model.diagnose(jpeg.subarray(0, n)), ['BDS_E_IMAGE_FORMAT', 'BDS_E_IMAGE_CORRUPT']);
  }
  assert.ok(model.memoryBytes < held + 2 ** 22);
});

test('any byte of a PNG or JPEG changed: an error or a finding, nothing else', async () => {
  const model = await open(bytes);
  const small = png(24, 24, 3, (x, y, c) => (x * 9 + y * 7 + c * 50) & 255);
  for (const [file, step] of /** @type {[Uint8Array, number][]} */ ([[small, 1], [jpeg, 61]])) {
    for (let i = 0; i < file.length; i += step) {
      const changed = file.slice();
      changed[i] ^= 1 << (i * 3) % 8;
      try {
        await model.diagnose(changed);
      } catch (error) {
        await fails(Promise.reject(error), ['BDS_E_IMAGE_FORMAT', 'BDS_E_IMAGE_CORRUPT', 'BDS_E_IMAGE_SIZE', 'BDS_E_IMAGE_BLANK']);
      }
    }
  }
});

test('the same picture by any way gives the same finding', async () => {
  const model = await open(bytes);
  for (const [width, height] of [[33, 21], [1600, 1200]]) {
    for (const channels of /** @type {const} */ ([1, 2, 3, 4])) {
      const value = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ c) => ((x * 3 + y * 5 + c * 7) & 255) | (isAlpha(c, channels) ? 128 : 0);
      const file = png(width, height, channels, value);
      const pixels = new Uint8Array(width * height * channels);
      for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) pixels[at++] = value(x, y, c);
      const wide = new Uint8Array(height * (width * channels + 5));
      for (let y = 0; y < height; y++) wide.set(pixels.subarray(y * width * channels, (y + 1) * width * channels), y * (width * channels + 5));
      const ways = [file, file.slice().buffer, new Blob([file]), new File([file], 'a.png'), Buffer.from(file), { pixels, width, height, channels }];
      const { findings, doubts } = await model.diagnose(file);
      for (const way of [...ways, { pixels: new Uint8ClampedArray(pixels), width, height, channels }, { pixels: wide, width, height, channels, stride: width * channels + 5 }]) {
        const other = await model.diagnose(way);
        assert.deepEqual([other.findings, other.doubts], [findings, doubts], `${width} x ${height} x ${channels}`);
      }
    }
  }
});

test('a picture that is more transparent than not is blank, whatever lies beneath', async () => {
  const model = await open(bytes);
  const seen = (/** @type {number} */ alpha) => model.diagnose(png(30, 30, 2, (x, y, c) => (c ? alpha : (x * 8 + y) & 255)));
  await seen(255);
  await fails(seen(0), ['BDS_E_IMAGE_BLANK']);
  await fails(seen(127), ['BDS_E_IMAGE_BLANK']);
  await seen(128);
});

test('a large photograph gives its memory back', async () => {
  const model = await open(bytes);
  const photograph = png(4000, 3000, 3, (x, y) => ((x + y) >> 4) & 255);
  await model.diagnose(photograph);
  const held = model.memoryBytes;
  assert.ok(held < 2 ** 20 + photograph.length);
  for (let i = 0; i < 3; i++) {
    const { peakBytes, memoryBytes, inputSha256 } = await model.diagnose(photograph);
    assert.equal(memoryBytes, held);
    assert.ok(peakBytes > 4000 * 3000 * 3);
    assert.equal(inputSha256, sha256(photograph));
  }
  await fails(model.diagnose(photograph.subarray(0, photograph.length / 2)), 'BDS_E_IMAGE_CORRUPT');
  await fails(() => model.findings(), 'BDS_E_STATE');
  assert.equal(model.memoryBytes, held);
});

test('a picture has no more pixels than allowed', async () => {
  const model = await open(bytes, 'simd128', { maxPixels: 1000 });
  await model.diagnose(png(40, 25, 1, grey(128)));
  await fails(model.diagnose(png(40, 26, 1, grey(128))), 'BDS_E_IMAGE_SIZE');
  const pixels = Uint8Array.from({ length: 1040 }, (_, i) => (i * 7) & 255);
  await model.diagnose({ pixels: pixels.subarray(0, 1000), width: 40, height: 25, channels: 1 });
  await fails(model.diagnose({ pixels, width: 40, height: 26, channels: 1 }), 'BDS_E_IMAGE_SIZE', /40 x 26/);
  await fails(() => model.findings(), 'BDS_E_STATE');
});

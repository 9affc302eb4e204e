// A model that is put together while it arrives: whatever the pieces, the same answers and the same errors as from the whole file, and
// only the file's head stays in WebAssembly memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadEngine, loadModel, readModel } from '../../web/bedside.js';
import { engineFor, fails, noModel, open, patched, pneumonia } from './common.mjs';
import { seal, sha256 } from './tiny-model.mjs';

const [DATA, BLOBS, RANGE, STATIC] = [7, 6, 1, 2];

/** The file with its coded weights at the end, DATA being the last section, and where they begin. @param {Buffer} file */
function ordered(file) {
  const sections = Array.from({ length: file.readUInt32LE(16) }, (_, i) => {
    const at = 64 + 16 * i;
    return { at, kind: file.readUInt32LE(at), offset: file.readUInt32LE(at + 4), bytes: file.readUInt32LE(at + 8) };
  });
  const data = sections.find(({ kind }) => kind === DATA);
  const table = sections.find(({ kind }) => kind === BLOBS);
  assert.ok(data && table && sections.every(({ offset }) => offset <= data.offset), 'DATA is the last section');
  const out = Buffer.alloc(file.length + 16 * (table.bytes / 32));
  file.copy(out, 0, 0, data.offset);
  let [at, head] = [data.offset, 0];
  for (const coded of [false, true]) {
    head = at;
    for (let record = table.offset; record < table.offset + table.bytes; record += 32) {
      const [offset, bytes] = [file.readUInt32LE(record), file.readUInt32LE(record + 4)];
      const coding = file.readUInt16LE(record + 14);
      if ([RANGE, STATIC].includes(coding) !== coded) continue;
      if (coding === 0) at = Math.ceil(at / 16) * 16;
      file.copy(out, at, data.offset + offset, data.offset + offset + bytes);
      out.writeUInt32LE(at - data.offset, record);
      at += bytes;
    }
  }
  out.writeUInt32LE(at - data.offset, data.at + 8);
  out.writeUInt32LE(at, 12);
  return { file: seal(out.subarray(0, at)), head };
}

/** A transfer in pieces. @param {Uint8Array} bytes @param {number} piece @param {Record<string, string>} [headers] @param {number} [breaks] where it breaks off */
function transfer(bytes, piece, headers, breaks = Infinity) {
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at >= breaks) return controller.error(new Error('the line is cut'));
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, (at += piece))));
    },
  });
  return new Response(body, { headers });
}

const { file, head } = noModel ? { file: Buffer.alloc(0), head: 0 } : ordered(readFileSync(pneumonia));
const pin = { sha256: sha256(file) };
const pixels = Uint8Array.from({ length: 300 * 300 }, (_, i) => (i * 7919) >> 5);
const picture = { pixels, width: 300, height: 300, channels: /** @type {const} */ (1) };

/** @param {import('../../web/bedside.js').Model} model */
async function answer(model) {
  const { findings, doubts, distance } = await model.diagnose(picture);
  return { findings, doubts, distance };
}

test('in any pieces, with any length announced, the answers are those of the whole file', { skip: noModel }, async () => {
  const engine = await engineFor();
  const old = await open(readFileSync(pneumonia));
  const expected = await answer(old);
  assert.deepEqual(await answer(await engine.openModel({ bytes: file, ...pin })), expected);
  for (const piece of [501, 4096, 65537, file.length]) {
    for (const length of [undefined, file.length, 100, file.length + 5, 2 ** 40]) {
      const model = await loadModel({ bytes: transfer(file, piece, length ? { 'Content-Length': String(length) } : {}), ...pin }, engine);
      assert.deepEqual(await answer(model), expected, `pieces of ${piece}, ${length} announced`);
      assert.equal(model.info.fileBytes, file.length);
    }
  }
  assert.deepEqual(await readModel({ bytes: transfer(file, 5000), ...pin }), new Uint8Array(file));
});

test('memory holds the head of the file and the arena, not the file', { skip: noModel }, async () => {
  const model = await loadModel({ bytes: transfer(file, 10000), ...pin }, await loadEngine());
  const { arenaBytes, fileBytes } = model.info;
  assert.ok(head < fileBytes / 2, `${head} of ${fileBytes}`);
  assert.ok(model.memoryBytes <= head + arenaBytes + 512 * 1024, `${model.memoryBytes}: ${head} of head, ${arenaBytes} of arena`);
});

test('a file cut off, damaged or too long is refused as ever, and a transfer that breaks off is named', { skip: noModel }, async () => {
  const engine = await engineFor();
  const damagedAt = (/** @type {number} */ at) => {
    const bytes = Buffer.from(file);
    bytes[at] ^= 64;
    return bytes;
  };
  /** @type {[Buffer, string][]} */
  const cases = [
    [file.subarray(0, 10), 'BDS_E_TRUNCATED'], [file.subarray(0, head - 1), 'BDS_E_TRUNCATED'], [file.subarray(0, head), 'BDS_E_TRUNCATED'],
    [file.subarray(0, file.length - 1), 'BDS_E_TRUNCATED'], [Buffer.concat([file, Buffer.from([0])]), 'BDS_E_CORRUPT'],
    [damagedAt(0), 'BDS_E_FORMAT'], [damagedAt(40), 'BDS_E_CORRUPT'], [damagedAt(head - 5), 'BDS_E_CORRUPT'],
    [damagedAt(head + 5), 'BDS_E_CORRUPT'], [damagedAt(file.length - 1), 'BDS_E_CORRUPT'], [seal(damagedAt(8)), 'BDS_E_VERSION'],
    [seal(damagedAt(file.length - 100)), 'BDS_E_CORRUPT'],
  ];
  for (const [bytes, code] of cases) {
    for (const piece of [3000, bytes.length]) {
      await fails(engine.openModel({ bytes: transfer(bytes, piece), ...pin }), 'BDS_E_HASH');
      await fails(engine.openModel({ bytes: transfer(bytes, piece), sha256: sha256(bytes) }), code);
    }
  }
  await fails(engine.openModel({ bytes: transfer(Buffer.alloc(0), 1), ...pin }), 'BDS_E_FORMAT');
  await fails(engine.openModel({ bytes: transfer(Buffer.from(`<!doctype html>${' '.repeat(5000)}`), 7), ...pin }), 'BDS_E_FORMAT', /HTML/);
  for (const breaks of [0, 100, head + 100]) {
    await fails(engine.openModel({ bytes: transfer(file, 100, {}, breaks), ...pin }), 'BDS_E_FETCH', /broke off.*cut/);
  }
});

test('after a trap the model is put together again from the bytes that the page kept', { skip: noModel }, async () => {
  const engine = await loadEngine({ wasm: patched('bds_run', [0]) });
  const model = await engine.openModel({ bytes: transfer(file, 9999), ...pin });
  const expected = await answer(await open(file));
  for (let i = 0; i < 2; i++) {
    await fails(model.diagnose(picture), 'BDS_E_TRAP', /bds_run/);
    const { findings, doubts, distance } = await model.diagnose(picture, { onProgress() {} });
    assert.deepEqual({ findings, doubts, distance }, expected);
  }
});

// Loading the engine: from wherever it may lie, and what is said when it is not there.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileEngine, loadEngine, loadModel } from '../../web/bedside.js';
import { dist, fails, patched, UNREACHABLE } from './common.mjs';
import { sha256, tinyModel } from './tiny-model.mjs';
import { grey, png } from './pictures.mjs';

const simdUrl = new URL('bedside-simd.wasm', dist);
const simdPath = fileURLToPath(simdUrl);
const simdBytes = readFileSync(simdUrl);
const page = '<!DOCTYPE html>\n<html><body>Not found</body></html>\n';

/** Serves one answer to everything. @param {number} status @param {string} type @param {string | Uint8Array} body @param {(url: string) => Promise<void>} use */
const withServer = (status, type, body, use) => listening(createServer((_, response) => response.writeHead(status, { 'Content-Type': type }).end(body)), use);

/** @param {import('node:http').Server} server @param {(url: string) => Promise<void>} use */
async function listening(server, use) {
  await new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  try {
    await use(`http://127.0.0.1:${port}/`);
  } finally {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }
}

/** @param {(folder: string) => Promise<void>} use */
async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {import('../../web/bedside.js').Engine} engine */
async function works(engine) {
  const bytes = tinyModel();
  const model = await engine.openModel({ bytes, sha256: sha256(bytes) });
  const { findings, top } = await model.diagnose(png(20, 20, 1, grey(220)));
  assert.equal(findings[top].label, 'bright');
}

test('the engine loads without options and says what it runs', async () => {
  const engine = await loadEngine();
  assert.equal(engine.simd, 'simd128');
  assert.match(engine.why, /self-test/);
  await works(engine);
});

for (const simd of /** @type {const} */ (['simd128', 'scalar'])) {
  test(`the engine loads as ${simd} when asked to`, async () => {
    const engine = await loadEngine({ simd });
    assert.equal(engine.simd, simd);
    assert.equal(engine.why, 'asked for');
    await works(engine);
  });
}

const sources = {
  'a URL': simdUrl,
  'the text of a URL': simdUrl.href,
  'an absolute path': simdPath,
  'a relative path': relative(process.cwd(), simdPath),
  'a Buffer': simdBytes,
  'an ArrayBuffer': new Uint8Array(simdBytes).buffer,
  'base64 text': `data:application/wasm;base64,${simdBytes.toString('base64')}`,
  'a compiled module': new WebAssembly.Module(simdBytes),
  'a module that is still being compiled': WebAssembly.compile(simdBytes),
};
for (const [name, wasm] of Object.entries(sources)) {
  test(`the engine loads from ${name}`, async () => {
    const engine = await loadEngine({ wasm });
    assert.equal(engine.simd, 'simd128');
    await works(engine);
  });
}

test('the engine loads from a base given as path or URL, with and without a final slash', async () => {
  for (const base of [dist, dist.href, fileURLToPath(dist), fileURLToPath(dist).replace(/\/$/, '')]) await works(await loadEngine({ base }));
});

test('what the page has begun and cannot be finished is named', async () => {
  await fails(loadEngine({ wasm: WebAssembly.compile(Buffer.from('<!doctype html>')) }), 'BDS_E_WASM_FORMAT', /Could not load the engine: .*magic/);
  await fails(loadEngine({ wasm: Promise.reject(new TypeError('the line is cut')) }), 'BDS_E_FETCH', /Could not load the engine: the line is cut/);
});

test('the engine loads over HTTP, streamed or not', async () => {
  for (const type of ['application/wasm', 'application/octet-stream']) {
    await withServer(200, type, simdBytes, async (url) => works(await loadEngine({ wasm: `${url}x.wasm` })));
  }
});

test('relaxed SIMD runs where the engine has it, and else is refused by name', async () => {
  // i16x8.relaxed_dot_i8x16_i7x16_s on zeros. Node 20 does not know it.
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 0, 253, 16, 65, 0, 253, 16, 253, 146, 2, 11];
  if (WebAssembly.validate(Uint8Array.from(module))) {
    const engine = await loadEngine({ simd: 'relaxed' });
    assert.deepEqual([engine.simd, engine.why], ['relaxed', 'asked for']);
    await works(engine);
  } else {
    await fails(loadEngine({ simd: 'relaxed' }), 'BDS_E_UNSUPPORTED', /no relaxed SIMD here/);
  }
});

test('one module is fetched, and a second one only after a self-test that failed', async () => {
  for (const [broken, expected] of /** @type {const} */ ([[false, ['bedside-simd.wasm']], [true, ['bedside-simd.wasm', 'bedside-scalar.wasm']]])) {
    /** @type {string[]} */
    const asked = [];
    const server = createServer((request, response) => {
      const name = String(request.url).slice(1);
      asked.push(name);
      const body = broken && name === 'bedside-simd.wasm' ? patched('bds_self_test', [0x41, 0x6f]) : readFileSync(new URL(name, dist));
      response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(body);
    });
    await listening(server, async (url) => {
      const engine = await loadEngine({ base: url });
      assert.equal(engine.simd, broken ? 'scalar' : 'simd128');
      await works(engine);
      assert.deepEqual(asked, [...expected, 'bedside-decode.wasm']); // which only a picture asks for
      await works(engine);
      await works(await loadEngine({ wasm: await compileEngine({ base: url }) }));
      assert.equal(asked.length, expected.length + 2);
    });
  }
});

test('loadModel fetches engine and model beside each other, each once', async () => {
  const bytes = tinyModel();
  /** @type {string[]} */
  const asked = [];
  /** @type {(() => void)[]} */
  const waiting = [];
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    const name = String(request.url).slice(1);
    const wasm = /wasm$/.test(name);
    // Nobody is answered before both have asked.
    waiting.push(() => response.writeHead(200, { 'Content-Type': wasm ? 'application/wasm' : 'application/octet-stream' }).end(wasm ? readFileSync(new URL(name, dist)) : bytes));
    if (asked.length >= 2) for (const answer of waiting.splice(0)) answer();
  });
  await listening(server, async (url) => {
    const model = await loadModel({ url: `${url}tiny.bds`, sha256: sha256(bytes) }, loadEngine({ base: url }));
    assert.equal((await model.diagnose(png(20, 20, 1, grey(220)))).top, 1);
    assert.deepEqual(asked.slice(0, 2).sort(), ['/bedside-simd.wasm', '/tiny.bds']);
    assert.deepEqual(asked.slice(2), ['/bedside-decode.wasm']);
  });
});

test('the picture decoder is fetched with the first picture, and again if that failed; tensors and pixels do without it', async () => {
  const bytes = tinyModel();
  /** @type {string[]} */
  const asked = [];
  let there = false;
  const server = createServer((request, response) => {
    const name = String(request.url).slice(1);
    asked.push(name);
    if (/decode/.test(name) && !there) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(readFileSync(new URL(name, dist)));
  });
  await listening(server, async (url) => {
    const engine = await loadEngine({ base: url });
    const model = await engine.openModel({ bytes, sha256: sha256(bytes) });
    const { dims } = model.inputForm();
    const [, height, width, channels] = dims;
    await model.diagnose({ tensor: new Int8Array(height * width * channels) });
    await model.diagnose({ pixels: new Uint8Array(400).map((_, i) => i), width: 20, height: 20, channels: 1 });
    assert.deepEqual(asked, ['bedside-simd.wasm']);
    await fails(model.diagnose(png(20, 20, 1, grey(220))), 'BDS_E_FETCH', /picture decoder.*404/);
    await fails(() => model.findings(), 'BDS_E_STATE'); // a picture that nobody could look at leaves no finding behind
    there = true;
    assert.equal((await model.diagnose(png(20, 20, 1, grey(220)))).top, 1);
    await model.diagnose(png(20, 20, 1, grey(220)));
    assert.deepEqual(asked, ['bedside-simd.wasm', 'bedside-decode.wasm', 'bedside-decode.wasm']);
  });
  const given = await loadEngine({ wasm: simdBytes, decoder: readFileSync(new URL('bedside-decode.wasm', dist)) });
  await given.loadDecoder();
  await works(given);
  const wrong = await loadEngine({ decoder: simdBytes });
  await fails((await wrong.openModel({ bytes, sha256: sha256(bytes) })).diagnose(png(20, 20, 1, grey(220))), ['BDS_E_TRAP', 'BDS_E_ABI']);
});

test('what the page has begun to fetch is taken', async () => {
  const bytes = tinyModel();
  const pin = { sha256: sha256(bytes) };
  for (const type of ['application/wasm', 'text/plain']) {
    await withServer(200, type, simdBytes, async (url) => {
      await works(await loadEngine({ wasm: fetch(url) }));
      await works(await loadEngine({ wasm: await fetch(url) }));
    });
  }
  await withServer(200, 'application/octet-stream', bytes, async (url) => {
    for (const begun of [fetch(url), await fetch(url)]) assert.equal((await loadModel({ bytes: begun, ...pin })).info.name, 'tiny');
    await fails(loadModel({ bytes: fetch(url), sha256: '0'.repeat(64) }), 'BDS_E_HASH');
    await fails(loadEngine({ wasm: fetch(url) }), 'BDS_E_WASM_FORMAT', /a Bedside model/);
  });
  await withServer(200, 'text/html', page, async (url) => fails(loadModel({ bytes: fetch(url), ...pin }), 'BDS_E_FORMAT', /HTML/));
  await withServer(404, 'text/plain', 'no', async (url) => {
    await fails(loadModel({ bytes: fetch(url), ...pin }), 'BDS_E_FETCH', /404/);
    await fails(loadEngine({ wasm: fetch(url) }), 'BDS_E_FETCH', /404/);
  });
  const broken = () => Promise.reject(new Error('the line is cut'));
  await fails(loadModel({ bytes: broken(), ...pin }), 'BDS_E_FETCH', /cut/);
  await fails(loadEngine({ wasm: broken() }), 'BDS_E_FETCH', /cut/);
});

test('loadModel by itself loads the engine, and says what is wrong with either', async () => {
  const bytes = tinyModel();
  const source = { bytes, sha256: sha256(bytes) };
  const model = await loadModel(source);
  assert.deepEqual(model.infer(new Int8Array(64)), (await loadModel(source, await loadEngine())).infer(new Int8Array(64)));
  // @ts-expect-error for the test
  await fails(loadModel({ bytes }), 'BDS_E_NO_HASH');
  // @ts-expect-error for the test
  await fails(loadModel(null), 'BDS_E_NO_HASH');
  await fails(loadModel({ bytes, sha256: '0'.repeat(64) }), 'BDS_E_HASH');
  await fails(loadModel({ url: './no/such/model', sha256: source.sha256 }), 'BDS_E_FETCH');
  await fails(loadModel(source, loadEngine({ base: './no/such/folder' })), 'BDS_E_FETCH', /no such file/);
});

test('without the SIMD that a browser lacks, plain code runs and says why', async (t) => {
  const { validate } = WebAssembly;
  t.after(() => void (WebAssembly.validate = validate));
  WebAssembly.validate = (bytes) => new Uint8Array(/** @type {ArrayBuffer} */ (ArrayBuffer.isView(bytes) ? bytes.buffer : bytes)).length === 8;
  const engine = await loadEngine();
  assert.equal(engine.simd, 'scalar');
  assert.match(engine.why, /no SIMD here/);
  await works(engine);
  await fails(loadEngine({ simd: 'simd128' }), 'BDS_E_UNSUPPORTED', /no SIMD here/);
});

test('a module without SIMD runs as scalar, and not where SIMD is demanded', async () => {
  const wasm = readFileSync(new URL('bedside-scalar.wasm', dist));
  assert.equal((await loadEngine({ wasm })).simd, 'scalar');
  await fails(loadEngine({ wasm, simd: 'simd128' }), 'BDS_E_UNSUPPORTED');
});

test('an HTML page in place of the module is named as such', async () => {
  const message = /HTML page.*fallback page/;
  await fails(loadEngine({ wasm: Buffer.from(page) }), 'BDS_E_WASM_FORMAT', message);
  for (const type of ['text/html', 'application/wasm']) {
    await withServer(200, type, page, async (url) => {
      await fails(loadEngine({ base: url }), 'BDS_E_WASM_FORMAT', message);
      await fails(loadEngine({ wasm: url }), 'BDS_E_WASM_FORMAT', new RegExp(`${url}.*HTML`));
    });
  }
});

test('other wrong modules', async () => {
  await fails(loadEngine({ wasm: new Uint8Array(0) }), 'BDS_E_WASM_FORMAT', /0 bytes/);
  await fails(loadEngine({ wasm: simdBytes.subarray(0, 5000) }), 'BDS_E_WASM_FORMAT', /did not compile/);
  await fails(loadEngine({ wasm: Buffer.from('version https://git-lfs.github.com/spec/v1\n') }), 'BDS_E_WASM_FORMAT', /LFS/);
  await fails(loadEngine({ wasm: 'data:application/wasm;base64,!!' }), 'BDS_E_ARGUMENT', /base64/);
  const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
  await fails(loadEngine({ wasm: empty }), 'BDS_E_ABI', /lacks bds_abi/);
  const wants = Uint8Array.of(...empty, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0);
  await fails(loadEngine({ wasm: wants }), 'BDS_E_ABI');
  await fails(loadEngine({ wasm: patched('bds_abi', [0x41, 7]) }), 'BDS_E_ABI', /interface 5.*module 7/);
});

test('a module that is not there', async () => {
  await fails(loadEngine({ base: './no/such/folder' }), 'BDS_E_FETCH', /no such file/);
  await withServer(404, 'text/plain', 'no', (url) => fails(loadEngine({ base: url }), 'BDS_E_FETCH', /404/));
  let dead = '';
  await withServer(200, 'text/plain', '', async (url) => void (dead = url));
  await fails(loadEngine({ base: dead }), 'BDS_E_FETCH');
});

test('a wrong option', async () => {
  // @ts-expect-error for the test
  await fails(loadEngine({ simd: 'fastest' }), 'BDS_E_ARGUMENT', /fastest/);
  for (const wasm of [new Uint16Array(simdBytes.buffer, 0, 64), new DataView(simdBytes.buffer), [0, 97, 115, 109], {}, 7]) {
    await fails(loadEngine({ wasm }), 'BDS_E_ARGUMENT', /Uint8Array/);
  }
});

test('no options', async () => {
  for (const none of /** @type {any[]} */ ([undefined, null, {}])) await works(await loadEngine(none));
  // @ts-expect-error for the test
  await works(await loadEngine({ wasm: await compileEngine(null) }));
});

test('SIMD that fails its self-test is not used', async () => {
  const SELF_TEST = [0x41, 0x6f]; // i32.const -17
  for (const code of [SELF_TEST, UNREACHABLE]) {
    const wasm = patched('bds_self_test', code);
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'bedside-simd.wasm'), wasm);
      for (const name of ['bedside-scalar.wasm', 'bedside-decode.wasm']) copyFileSync(new URL(name, dist), join(folder, name));
      const engine = await loadEngine({ base: folder });
      assert.equal(engine.simd, 'scalar');
      assert.match(engine.why, /failed the self-test/);
      await works(engine);
      await fails(loadEngine({ base: folder, simd: 'simd128' }), ['BDS_E_SELF_TEST', 'BDS_E_TRAP']);
    });
    const engine = await loadEngine({ wasm });
    assert.equal(engine.simd, 'scalar');
    await works(engine);
  }
});

test('the self-test notices an instruction that computes something else', async (t) => {
  const { validate } = WebAssembly;
  t.after(() => void (WebAssembly.validate = validate));
  WebAssembly.validate = () => true; // an engine without relaxed SIMD runs the module, too, once the instruction is another one
  for (const [file, simd, from, to] of /** @type {const} */ ([
    ['simd', 'simd128', [0xfd, 0xba, 1], [0xfd, 0xb5, 1]], // i32x4.dot_i16x8_s becomes i32x4.mul
    ['relaxed', 'relaxed', [0xfd, 0x92, 2], [0xfd, 0x95, 1]], // i16x8.relaxed_dot_i8x16_i7x16_s becomes i16x8.mul
  ])) {
    const wasm = readFileSync(new URL(`bedside-${file}.wasm`, dist));
    let changes = 0;
    for (let at = wasm.indexOf(Buffer.from(from)); at >= 0; at = wasm.indexOf(Buffer.from(from), at)) {
      wasm.set(to, at);
      changes++;
    }
    assert.ok(changes > 0, file);
    await fails(loadEngine({ wasm, simd }), 'BDS_E_SELF_TEST');
  }
});

test('a self-test that fails later, in the code that a browser makes for speed, leaves no engine', async (t) => {
  const { Instance } = WebAssembly;
  t.after(() => void (WebAssembly.Instance = Instance));
  let tests = 0;
  // @ts-expect-error an instance of which the third self-test fails
  WebAssembly.Instance = function (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) {
    return { exports: { ...new Instance(module, imports).exports, bds_self_test: () => (++tests < 3 ? 0 : -17) } };
  };
  const bytes = tinyModel();
  const source = { bytes, sha256: sha256(bytes) };
  const engine = await loadEngine();
  assert.equal(engine.simd, 'simd128');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await fails(engine.openModel(source), 'BDS_E_SELF_TEST');
  await fails(engine.openModel(source), 'BDS_E_SELF_TEST');
  await fails(loadModel(source, engine), 'BDS_E_SELF_TEST');
  await fails(engine.check(bytes), 'BDS_E_SELF_TEST');
});

test('a self-test that fails while a model is arriving leaves no model', async (t) => {
  const { Instance } = WebAssembly;
  t.after(() => void (WebAssembly.Instance = Instance));
  let tests = 0;
  // @ts-expect-error an instance of which the second self-test fails
  WebAssembly.Instance = function (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) {
    return { exports: { ...new Instance(module, imports).exports, bds_self_test: () => (++tests < 2 ? 0 : -17) } };
  };
  const bytes = tinyModel({ size: 32 });
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Length': bytes.length }).write(bytes.subarray(0, 100));
    setTimeout(() => response.end(bytes.subarray(100)), 100);
  });
  await listening(server, (url) => fails(loadModel({ url, sha256: sha256(bytes) }, loadEngine()), 'BDS_E_SELF_TEST'));
  assert.equal(tests, 2);
});

test('a scalar module that fails its self-test is no engine', async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, 'bedside-scalar.wasm'), patched('bds_self_test', [0x41, 0x6f]));
    await fails(loadEngine({ base: folder, simd: 'scalar' }), 'BDS_E_SELF_TEST');
  });
});

// The command `bedside diagnose`: what it prints, what it writes, how it ends.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root, which } from '../../scripts/setup.mjs';
import { createExaminer, recordFromJson } from '../../web/exam/exam.js';
import { toFhir } from '../../web/reports/fhir.js';
import { chestDx, dicomFile, handDx, multiFrame, samplePicture, withElements } from '../support/dicom-objects.mjs';
import { noModel, samples } from './common.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bedside-diagnose-'));
after(() => rmSync(folder, { recursive: true }));
/** @param {string} name */
const path = (name) => join(folder, name);
/** @param {string} name @param {Uint8Array | string} bytes */
function file(name, bytes) {
  writeFileSync(path(name), bytes);
  return path(name);
}
/** @param {string[]} args */
function bedside(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/bedside.mjs'), ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 27 });
  return { status, stdout, stderr };
}
/** @param {...string} args */
const diagnose = (...args) => bedside('diagnose', ...args);

for (const name of ['clear-1.png', 'opacity-1.png', 'unsure-1.png', 'photo-1.jpg']) copyFileSync(new URL(name, samples), path(name));
const chest = file('chest.dcm', dicomFile(chestDx({ picture: samplePicture('opacity-1.png') })));
const [BODY_PART, ANATOMIC_REGION, PATIENT_NAME, MODALITY] = [0x00180015, 0x00082218, 0x00100010, 0x00080060];
const unstated = file('unstated.dcm', dicomFile(withElements(chestDx({ picture: samplePicture('opacity-1.png') }), [[BODY_PART, 'CS', undefined], [ANATOMIC_REGION, 'SQ', undefined]])));
const hand = file('hand.dcm', dicomFile(handDx()));

test('it says how it goes, and what is wrong with what was asked', () => {
  const help = bedside('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^Usage: bedside diagnose FILE/);
  assert.match(help.stdout, /not a medical device/);
  assert.equal(diagnose('--help').stdout, help.stdout);
  assert.match(bedside('--version').stdout, new RegExp(`^bedside ${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version.replaceAll('.', '\\.')}\n`));
  for (const [args, what] of /** @type {[string[], RegExp][]} */ ([
    [[], /command is missing/], [['guess'], /no command "guess"/], [['diagnose'], /file to examine is missing/], [['diagnose', 'x', '--fast'], /--fast/],
    [['diagnose', 'x', '--json', '--csv'], /Only one of --json and --csv/], [['diagnose', 'x', '--frame', '-1'], /--frame/], [['diagnose', 'x', '--frame', '1.5'], /--frame takes a whole number/],
    [['diagnose', 'x', '--window', '40'], /--window takes a centre and a width/], [['diagnose', 'x', '--window', '40,0'], /--window/], [['diagnose', 'x', '--explain', 'magic'], /--explain takes/],
    [['diagnose', 'x', '--jobs', '0'], /--jobs/], [['diagnose', 'x', 'y', '--sr', 'none'], /--sr must name a folder/], [['diagnose', 'x', '--sr', ''], /empty/],
  ])) {
    const { status, stdout, stderr } = bedside(...args);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, what);
    assert.match(stderr, /"bedside --help" says how/);
  }
});

test('text for people: the outcome first, each outcome with its status', { skip: noModel }, () => {
  const finding = diagnose('opacity-1.png');
  assert.equal(finding.status, 0);
  assert.match(finding.stdout, /^opacity-1\.png\n {2}The model answers\.\n {4}The model sees signs of pneumonia\.\n {4}Probability of pneumonia: \d\d\.\d % \(95 % interval [^\n]*, among as many with pneumonia as without\.\n/);
  assert.match(finding.stdout, /Bedside is not a medical device/);
  assert.equal(finding.stderr, '', 'one file needs no progress');

  const none = diagnose('clear-1.png');
  assert.equal(none.status, 0);
  assert.match(none.stdout, /No signs of pneumonia were seen; this does not rule it out\.\n {4}Probability of pneumonia: (under )?\d\.\d %/);
  assert.doesNotMatch(none.stdout, /normal/i);

  const unsure = diagnose('unsure-1.png');
  assert.equal(unsure.status, 3);
  assert.match(unsure.stdout, /^unsure-1\.png\n {2}NOT SURE: SHOW IT TO A CLINICIAN\n {2}The model's certainty is under its limit\.\n {2}What the model answers nevertheless, not to be relied on:\n/);

  const refused = diagnose('photo-1.jpg');
  assert.equal(refused.status, 4);
  assert.match(refused.stdout, /^photo-1\.jpg\n {2}REFUSED: THERE IS NO RESULT FOR THIS FILE\n {2}This picture is unlike everything/);
  assert.doesNotMatch(refused.stdout, /\d %|signs/);
  assert.match(diagnose(hand).stdout, /REFUSED[^\n]*\n {2}This is an exam of the body part HAND/);
});

test('the record as JSON is what the examiner gives in this process', { skip: noModel }, async () => {
  const { status, stdout } = diagnose('chest.dcm', '--json');
  assert.equal(status, 0);
  const record = recordFromJson(stdout);
  const examiner = await createExaminer({ worker: 'here' });
  const same = await examiner.examine(readFileSync(chest));
  examiner.dispose();
  assert.deepEqual([record.findings, record.explanation, record.input?.sha256, record.input?.dicom], [same.findings, same.explanation, same.input?.sha256, same.input?.dicom]);
  assert.equal(record.input?.name, 'chest.dcm');
  assert.deepEqual(Object.keys(record).sort(), Object.keys(same).sort());
  // A report that needs the picture leaves nothing of it in the record.
  const besides = recordFromJson(diagnose('chest.dcm', '--json', '--paper', 'besides.html', '--sc', 'besides.dcm').stdout);
  assert.deepEqual(Object.keys(besides).sort(), Object.keys(same).sort());
});

test('FHIR: one bundle; of a refused file none, and it is said', { skip: noModel }, () => {
  const bundle = JSON.parse(diagnose('chest.dcm', '--fhir').stdout);
  assert.equal(bundle.entry[0].resource.resourceType, 'DiagnosticReport');
  const { status, stdout, stderr } = diagnose('photo-1.jpg', '--fhir');
  assert.deepEqual([status, stdout], [4, '']);
  assert.match(stderr, /^photo-1\.jpg: REFUSED, so there is no report: This picture is unlike/);
});

test('what the person states counts where the file is silent', { skip: noModel }, () => {
  const silent = diagnose(unstated);
  assert.equal(silent.status, 3);
  assert.match(silent.stdout, /NOT SURE[^\n]*\n {2}The file does not say which body part/);
  const stated = diagnose(unstated, '--body-part', 'CHEST');
  assert.equal(stated.status, 0);
  assert.match(stated.stdout, /\n {2}Body part CHEST was stated by the person who examined, not by the file\.\n/);
  assert.equal(diagnose(unstated, '--body-part', 'HAND').status, 4);
  assert.equal(diagnose(hand, '--body-part', 'CHEST').status, 4, 'it does not count against what the file says');
});

test('DICOM and paper go into files, and never over what is examined', { skip: noModel }, () => {
  const { status, stderr } = diagnose('chest.dcm', '--sr', 'out.sr', '--sc', 'out.sc', '--paper', 'out.html');
  assert.deepEqual([status, stderr], [0, '']);
  for (const name of ['out.sr', 'out.sc']) assert.equal(readFileSync(path(name)).toString('latin1', 128, 132), 'DICM');
  assert.match(readFileSync(path('out.html'), 'utf8'), /^<!doctype html>[^]*data:image\/png/);
  if (which('dciodvfy')) for (const name of ['out.sr', 'out.sc']) assert.doesNotMatch(spawnSync('dciodvfy', [path(name)], { encoding: 'utf8' }).stderr, /^Error/m);

  const before = readFileSync(chest);
  const over = diagnose('chest.dcm', '--sr', './chest.dcm');
  assert.equal(over.status, 2);
  assert.match(over.stderr, /would overwrite/);
  assert.deepEqual(readFileSync(chest), before);

  const picture = diagnose('opacity-1.png', '--sr', 'no.sr', '--quiet');
  assert.equal(picture.status, 1);
  assert.match(picture.stderr, /no SR was written: .*needs the DICOM object/);
  assert.ok(!existsSync(path('no.sr')));
  assert.equal(diagnose('photo-1.jpg', '--paper', 'refused.html').status, 4);
  assert.match(readFileSync(path('refused.html'), 'utf8'), /Refused: there is no result/);
});

test('several files: in their order, whatever the threads, with progress beside and the worst status', { skip: noModel }, () => {
  const names = ['opacity-1.png', 'unsure-1.png', 'photo-1.jpg', 'chest.dcm', 'opacity-1.png'];
  const one = diagnose(...names, '--csv', '--jobs', '1');
  const three = diagnose(...names, '--csv', '--jobs', '3');
  assert.deepEqual([one.status, three.status], [4, 4]);
  /** Without what differs each time: time and id. @param {string} text */
  const stable = (text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z,[0-9a-f-]{36}/g, '');
  assert.equal(stable(three.stdout), stable(one.stdout));
  const lines = one.stdout.trim().split('\r\n');
  assert.deepEqual(lines.slice(1).map((line) => line.split(',').slice(0, 2)), [['finding', names[0]], ['NOT SURE', names[1]], ['REFUSED', names[2]], ['finding', names[3]], ['finding', names[4]]]);
  assert.match(one.stderr, /^1 of 5 opacity-1\.png\n[^]*5 of 5[^]*5 files: 3 with a finding, 1 not sure, 1 refused, 0 failed\.\n$/);
  assert.equal(diagnose(...names, '--json', '--quiet').stderr, '');
  assert.equal(diagnose('opacity-1.png', 'chest.dcm', '--fhir').stdout.trim().split('\n').map((line) => JSON.parse(line).resourceType).join(), 'Bundle,Bundle');

  mkdirSync(path('reports'));
  mkdirSync(path('other'));
  copyFileSync(chest, path('other/chest.dcm'));
  assert.equal(diagnose('chest.dcm', 'other/chest.dcm', '--sr', 'reports').status, 0);
  assert.deepEqual(readdirSync(path('reports')), ['chest.dcm.2.sr.dcm', 'chest.dcm.sr.dcm'], 'two files of one name give two reports');
});

test('files of one name are told apart: by their path, or, where a path must not get, by their order', { skip: noModel }, () => {
  for (const [sub, name] of [['a', 'opacity-1.png'], ['b', 'clear-1.png'], ['c', 'photo-1.jpg']]) {
    mkdirSync(path(sub));
    copyFileSync(new URL(name, samples), path(`${sub}/1.png`));
  }
  const names = ['a/1.png', 'c/1.png', 'none/1.png', './b/1.png', 'a/=1,2.png'];
  copyFileSync(path('opacity-1.png'), path('a/=1,2.png'));
  const csv = diagnose(...names, '--csv', '--quiet');
  const [head, ...rows] = csv.stdout.trim().split('\r\n');
  assert.match(head, /^outcome,file,path,answer,/);
  assert.deepEqual(rows.map((row) => row.split(',').slice(0, 3)), [['finding', '1.png', 'a/1.png'], ['REFUSED', '1.png', 'c/1.png'], ['finding', '1.png', './b/1.png'], ['finding', '"\'=1', '2.png"']]);
  assert.match(diagnose('a/1.png', '--csv').stdout, /^\ufeffoutcome,file,path,[^]*\r\nfinding,1\.png,a\/1\.png,/);

  const lines = diagnose(...names, '--json', '--quiet').stdout.trim().split('\n');
  assert.deepEqual(lines.map((line) => JSON.parse(line).path), ['a/1.png', 'c/1.png', './b/1.png', 'a/=1,2.png']);
  assert.match(lines[0], /^\{"path":"a\/1\.png","format":"bedside-exam\/1",/);
  assert.doesNotMatch(JSON.stringify(toFhir(recordFromJson(lines[0]))), /1\.png/, 'nothing of it gets into a report');
  assert.equal(JSON.parse(diagnose('a/1.png', '--json').stdout).path, undefined, 'of one file it is the record alone');

  const { stdout, stderr, status } = diagnose(...names, '--fhir', '--quiet');
  assert.equal(status, 1);
  const answers = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(answers.map(({ resourceType }) => resourceType), ['Bundle', 'OperationOutcome', 'OperationOutcome', 'Bundle', 'Bundle']);
  assert.match(answers[1].issue[0].diagnostics, /^REFUSED, so there is no report: This picture is unlike/);
  assert.match(answers[2].issue[0].diagnostics, /there is no such file/);
  assert.doesNotMatch(stdout, /1\.png/, 'a path may name a patient');
  assert.match(stderr, /^c\/1\.png: REFUSED[^\n]*\nnone\/1\.png: /);
});

test('a file that cannot be read stops no other, and is no refusal', { skip: noModel }, () => {
  const { status, stdout, stderr } = diagnose('none.png', 'opacity-1.png', '.', '--quiet');
  assert.equal(status, 1);
  assert.match(stdout, /^opacity-1\.png\n/);
  assert.match(stderr, /^none\.png: .*there is no such file\.\n\.: .*it is a folder\.\n$/);
});

test('a file that ends its thread fails, and stops no other', { skip: noModel }, () => {
  // Loaded into each thread before the program's own code: what a lack of memory does, or a fault of the engine, these two files do.
  const before = file('dies.cjs', `const { isMainThread, parentPort } = require('node:worker_threads');
    if (!isMainThread) parentPort.on('message', (path) => {
      if (path.includes('silent')) process.exit(7);
      if (path.includes('loud')) throw new RangeError('out of everything');
    });`);
  for (const name of ['silent.png', 'loud.png']) copyFileSync(path('opacity-1.png'), path(name));
  const files = ['silent.png', 'opacity-1.png', 'loud.png', 'opacity-1.png', 'silent.png', 'loud.png', 'opacity-1.png'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', before, join(root, 'bin/bedside.mjs'), 'diagnose', ...files, '--csv', '--quiet', '--jobs', '2'], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  assert.equal(status, 1, stderr);
  assert.deepEqual(stdout.trim().split('\r\n').slice(1).map((line) => line.split(',').slice(0, 2)), Array(3).fill(['finding', 'opacity-1.png']), 'each sound file has its row');
  const ended = 'This file was not examined: what examined it came to an end';
  const [silent, loud] = [`silent.png: ${ended} (the thread ended with code 7).`, `loud.png: ${ended} (out of everything).`];
  assert.deepEqual(stderr.trim().split('\n'), [silent, loud, silent, loud]);
});

test('frames, windows, models and catalogues', { skip: noModel }, () => {
  const frames = file('frames.dcm', dicomFile(withElements(multiFrame(3), [[MODALITY, 'CS', 'DX']])));
  const first = diagnose(frames, '--body-part', 'CHEST').stdout;
  assert.match(first, /Only frame 1 of 3 was examined\./);
  const beyond = diagnose(frames, '--frame', '7', '--body-part', 'CHEST');
  assert.equal(beyond.status, 2);
  assert.match(beyond.stderr, /has 3 frames; there is no frame 7/);
  const windowed = recordFromJson(diagnose('chest.dcm', '--window', '128,256', '--json').stdout);
  assert.deepEqual(windowed.input?.window, { centre: 128, width: 256, from: 'given', own: [{ centre: 2040, width: 4081, from: 'file' }] });
  assert.match(diagnose('chest.dcm', '--window', '600,4000').stdout, /NOT SURE[^\n]*\n[^]*The window was chosen by hand and is none of the file's[^\n]*\n {2}Window centre 600, width 4000 was chosen by hand; the file's own is centre 2040, width 4081\.\n/);
  const unknown = diagnose('opacity-1.png', '--model', 'everything');
  assert.deepEqual([unknown.status, unknown.stdout.includes('%')], [2, false]);
  assert.match(unknown.stderr, /no model "everything"\. There are: pneumonia/);
  assert.equal(diagnose('opacity-1.png', '--catalogue', join(root, 'models/catalogue.json')).status, 0);
  assert.equal(diagnose('opacity-1.png', '--catalogue', 'nowhere.json').status, 1);
  assert.equal(diagnose('opacity-1.png', 'unsure-1.png', '--catalogue', 'nowhere.json', '--jobs', '2').status, 1);
  assert.equal(recordFromJson(diagnose('opacity-1.png', '--explain', 'none', '--json').stdout).explanation, null);
});

test('text of a file steers no terminal', { skip: noModel }, () => {
  const evil = file('evil.dcm', dicomFile(withElements(chestDx(), [[PATIENT_NAME, 'PN', 'A\u001b[2J'], [BODY_PART, 'CS', 'CH\u001b[31mEST']])));
  const { stdout, stderr } = diagnose(evil, file('evil\u001b[2J.png', 'x'));
  assert.doesNotMatch(stdout + stderr, /\u001b/);
});

test('a reader that stops early is not answered as if all had been examined', { skip: noModel }, async () => {
  const child = spawn(process.execPath, [join(root, 'bin/bedside.mjs'), 'diagnose', ...Array(20).fill(path('opacity-1.png')), '--json', '--quiet'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  child.stdout.once('data', () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([status, said], [1, '']);
});

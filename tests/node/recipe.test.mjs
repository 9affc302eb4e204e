// The training package's own tests (models/training/tests.py), where Python has PyTorch; elsewhere they are skipped by name.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/setup.mjs';

const python = process.env.PYTHON ?? 'python3';
const ready = spawnSync(python, ['-c', 'import torch, numpy, onnx, onnxruntime, PIL, tqdm']).status === 0;

test('models/recipe and its training package', { skip: !ready && `${python} has no PyTorch (models/requirements.txt)` }, () => {
  const { status, stderr } = spawnSync(python, ['-m', 'unittest', 'training.tests'], { cwd: join(root, 'models'), encoding: 'utf8' });
  assert.equal(status, 0, stderr.slice(-4000));
});

// `npm start`: set-up, build, demo.
import { main, setup } from './setup.mjs';

await main(async () => {
  setup('start');
  // Only now: these need the npm packages that set-up has just installed.
  const { build } = await import('./build.mjs');
  const { serveUntilStopped } = await import('./serve.mjs');
  await build(['wasm-relaxed'], { targets: ['bedside_wasm'] });
  await build(['wasm-simd', 'wasm-scalar'], { targets: ['bedside_wasm', 'bedside_compiler_wasm'] });
  await serveUntilStopped();
});

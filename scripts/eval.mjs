// Judges the compiled models by their test data: natively and in WebAssembly, whose outputs must be equal to the bit.
//
//     npm run -s eval -- [MODEL...] [--json] [--write] [--quick] | --pages
//
// A model is a folder of models/ with recipe.json and MODEL.bds; without a name: all of them whose data is at hand. The data sets are looked for in
// BEDSIDE_DATA (or ../shared/data), must have the recipe's checksum, and are unpacked into build/data/ once.
//     --json     nothing but one JSON object on stdout, figures by model
//     --write    also models/MODEL/evaluation.json and CARD.md, and docs/evidence/ with its plots
//     --quick    neither pictures of something else nor harmed ones
//     --pages    judges nothing: writes cards and pages again, from evaluation.json and techniques.json
import { main, packages } from './setup.mjs';

await main(async () => {
  packages(); // a fresh clone has none yet
  await (await import('./eval/run.mjs')).run(process.argv.slice(2));
});

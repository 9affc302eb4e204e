// What of the one file can be switched, and which kernels stand under which of the compiler's macros.

/**
 * condition: of these whole files; a switch without files is in the sources themselves. linker: a linker that drops unused sections
 * does the same.
 * @typedef {{ name: string, text: string, condition?: string, files?: RegExp, linker?: boolean }} Switch
 */

/** @type {Switch[]} */
export const switches = [
  {
    name: 'BDS_NO_ENTROPY',
    text: 'Opens only files without coded sections (`bedside compile --target mcu`); others are BDS_E_UNSUPPORTED.',
  },
  {
    name: 'BDS_NO_SEQUENCES',
    text: 'Opens no files with products of two activations, views (transposes), layer and instance norms or arg max, which transformers and '
      + 'recurrent networks use; they are BDS_E_UNSUPPORTED. Networks of `bedside export-c` link what they need in any case.',
  },
  { name: 'BDS_NO_OBSERVER', text: 'No bds_observe, and no names of operators.' },
  { name: 'BDS_NO_PARTS', text: 'No bds_parts and bds_part: an operator is computed by one thread.' },
  {
    name: 'BDS_SCALAR',
    text: 'Only the reference kernels: slower, the same bits. It changes the arena that a network wants, so define it for every file that includes '
      + 'bedside.h, not for this one alone.',
  },
  {
    name: 'BDS_NO_LOADER',
    text: 'Only networks of `bedside export-c`: no bds_model_open, bds_plan_create and what belongs to them, no bds_self_test.',
    condition: '!defined(BDS_NO_LOADER)',
    files: /^src\/(model|check|check_op|liveness|plan|crc32c|entropy|entropy_static|numbers|self_test|cpu|kernels\/(select|ref\/kernels))\.c$/,
    linker: true,
  },
  {
    name: 'BDS_NO_EXPLAIN',
    text: 'No bds_explain.',
    condition: '!defined(BDS_NO_EXPLAIN)',
    files: /^src\/explain\.c$/,
    linker: true,
  },
  {
    name: 'BDS_NO_ECG',
    text: 'Nothing of the ECG chain.',
    condition: '!defined(BDS_NO_ECG)',
    files: /^src\/ecg\/.*\.c$/,
    linker: true,
  },
  {
    name: 'BDS_WITH_DECODE',
    text: 'Adds bds_image_probe and bds_image_decode, which read JPEG and PNG. Needs stb_image.h on the include path, and a hosted C library.',
    condition: 'defined(BDS_WITH_DECODE)',
    files: /^src\/(decode|jpeg|png)\.c$|^src\/picture\.h$/,
  },
];

/**
 * Kernels by their files' suffix, for the families of bedside.h, as in cmake/BedsideFirmware.cmake.
 * @type {{ files: RegExp, condition: string }[]}
 */
export const kernelSets = [
  { files: /^src\/kernels\/mcu\/(.*_)?v7m\.[ch]$/, condition: '(BDS_FAMILY == BDS_FAMILY_V7M || BDS_FAMILY == BDS_FAMILY_DSP)' },
  { files: /^src\/kernels\/mcu\/(.*_)?dsp\.[ch]$/, condition: 'BDS_FAMILY == BDS_FAMILY_DSP' },
  { files: /^src\/kernels\/mcu\/(.*_)?mve\.[ch]$/, condition: 'BDS_FAMILY == BDS_FAMILY_MVE' },
];

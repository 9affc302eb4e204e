// What of the one file can be switched, and which kernels stand under which of the compiler's macros.

/** @typedef {{ name: string, text: string, condition?: string, files?: RegExp }} Switch condition: of these whole files; a switch without files is in the sources themselves */

/** @type {Switch[]} */
export const switches = [
  {
    name: 'BDS_WITH_DECODE',
    text: 'Adds bds_image_probe and bds_image_decode, which read JPEG and PNG. Needs stb_image.h on the include path.',
    condition: 'defined(BDS_WITH_DECODE)',
    files: /^src\/(decode|jpeg|png)\.c$|^src\/picture\.h$/,
  },
];

/** The kernels of a file's suffix, as src/kernels/mcu/choose.h chooses them. @type {{ files: RegExp, condition: string, text: string }[]} */
export const kernelSets = [];

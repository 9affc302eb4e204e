// The catalogue and the models that come with the library. Each address is written out, so that Vite and webpack see it and take the file
// along under the name that they give it. The page that is one file has another module in this one's place. Not a medical device.
// SPDX-License-Identifier: MIT

/** @returns {URL | import('./exam.js').Catalogue} */
export const shippedCatalogue = () => new URL('../../models/catalogue.json', import.meta.url);

/** By the names of the catalogue; a test compares the two. @type {Record<string, () => URL | string>} */
export const shippedModels = {
  'pneumonia': () => new URL('../../models/pneumonia/pneumonia.bds', import.meta.url),
  'brain-tumour': () => new URL('../../models/brain-tumour/brain-tumour.bds', import.meta.url),
  'breast-ultrasound': () => new URL('../../models/breast-ultrasound/breast-ultrasound.bds', import.meta.url),
  'breast-lesion': () => new URL('../../models/breast-lesion/breast-lesion.bds', import.meta.url),
  'blood-cells': () => new URL('../../models/blood-cells/blood-cells.bds', import.meta.url),
  'skin-lesion': () => new URL('../../models/skin-lesion/skin-lesion.bds', import.meta.url),
  'retina-vessels': () => new URL('../../models/retina-vessels/retina-vessels.bds', import.meta.url),
};

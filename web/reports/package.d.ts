/** The package that writes DICOM has no types of its own; dcmjs.js says what is used of it. */
declare module 'dcmjs';

// The decoders' glue code: a function that makes an instance of the WebAssembly module.
type Create = import('../codecs.js').Create;

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const create: Create;
  export default create;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const create: Create;
  export default create;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const create: Create;
  export default create;
}

// The decoders' glue code: a function that makes an instance of the WebAssembly module. package.json's `imports` says where it is: under Node in
// the decoders' packages; for pages and bundlers in web/dist/codecs/, where the build leaves out what only Node has.
declare const create: import('../codecs.js').Create;
export default create;

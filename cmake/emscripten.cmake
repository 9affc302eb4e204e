# WebAssembly through Emscripten, 3.1.6 or newer, without its generated glue: a standalone module that imports nothing.
# Debian's Emscripten finds its Node modules only through NODE_PATH=/usr/share/nodejs; scripts/build.mjs sets it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER emcc)
set(CMAKE_AR emar CACHE STRING "")
set(CMAKE_RANLIB emranlib CACHE STRING "")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_C .wasm)

# Exports are marked in the source (export_name), so the linker needs no list. The host grows the memory with memory.grow and
# lays out everything behind __heap_base itself: the module has no allocator. The stack lies below the data, where an overflow
# traps instead of overwriting it.
set(CMAKE_C_FLAGS_INIT "-fno-exceptions -fvisibility=hidden")
string(JOIN " " CMAKE_EXE_LINKER_FLAGS_INIT
  "-sSTANDALONE_WASM=1 --no-entry -sTOTAL_STACK=65536 -sINITIAL_MEMORY=262144"
  "-sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=1073741824 -Wl,--stack-first -Wl,--export=__heap_base")
set(CMAKE_EXE_LINKER_FLAGS_RELEASE_INIT "-O3")

set(CMAKE_CROSSCOMPILING_EMULATOR "node;${CMAKE_CURRENT_LIST_DIR}/run-wasm.mjs")

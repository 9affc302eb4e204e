# RV32IMAC, bare metal, run under QEMU's virt machine with semihosting.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
set(BEDSIDE_BOARD_DIR riscv)

# The code model reaches the machine's RAM at 0x80000000.
set(machine "-mabi=ilp32 -mcmodel=medany")
set(CMAKE_C_FLAGS_INIT "-march=rv32imac ${machine} --specs=picolibc.specs -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "-march=rv32imac_zicsr ${machine}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles -Wl,--gc-sections -Wl,--no-warn-rwx-segments")

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-riscv32 -machine virt -bios none -display none -monitor none -serial none
  -chardev stdio,id=text,signal=off -semihosting-config enable=on,target=native,chardev=text -kernel)

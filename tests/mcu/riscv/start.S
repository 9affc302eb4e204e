# Reset for RV32 on QEMU's virt machine: registers and memory set up as C expects them, then the test.
    .section .init, "ax"
    .globl board_reset
board_reset:
    .option push
    .option norelax
    la gp, board_global_pointer
    .option pop
    la sp, board_stack_top
    la t0, fault
    csrw mtvec, t0
    la t0, board_bss_start
    la t1, board_bss_end
    bgeu t0, t1, 2f
1:  sw zero, 0(t0)
    addi t0, t0, 4
    bltu t0, t1, 1b
2:  call board_main
    call board_exit

# A trap ends the run with code 99.
    .balign 4
fault:
    la sp, board_stack_top
    la a0, fault_text
    call board_puts
    li a0, 99
    call board_exit

    .section .rodata
fault_text:
    .asciz "board: fault"

/**
 * The smallest guests that prove a CPU works: a boot sector for x86-64, five instructions for aarch64.
 */

/** What the boot sector writes to QEMU's isa-debug-exit; QEMU then exits with `(value << 1) | 1`. */
const debugExitValue = 0x2a;

/** QEMU's exit status when the boot sector got to its end. */
export const bootSectorStatus = (debugExitValue << 1) | 1;

/**
 * Real mode to 64-bit mode with paging, since there are machines where KVM gets through the BIOS and hangs after it.
 * GNU assembler, linked at 0x7c00:
 *
 *     .code16;  cli; xorw %ax,%ax; movw %ax,%ds; movw %ax,%es; movw %ax,%ss; movw $0x7c00,%sp; cld
 *     movw $0x1000,%di; movl $0xc00,%ecx; xorl %eax,%eax; rep stosl                three empty page tables
 *     movw $0x2003,0x1000; movw $0x3003,0x2000; movw $0x83,0x3000                  2 MiB mapped to themselves
 *     movl %cr4,%eax; orb $0x20,%al; movl %eax,%cr4                                PAE
 *     movl $0x1000,%eax; movl %eax,%cr3
 *     movl $0xc0000080,%ecx; rdmsr; orb $1,%ah; wrmsr                              EFER.LME
 *     lgdtl gdtr; movl %cr0,%eax; orl $0x80000001,%eax; movl %eax,%cr0; ljmp $8,$long
 *     .code64;  long: movw $0xf4,%dx; movb $0x2a,%al; outb %al,%dx                 isa-debug-exit: QEMU ends here
 *     movb $0xfe,%al; outb %al,$0x64                                               without that device: reset
 *     1: hlt; jmp 1b
 *     .balign 8;  gdt: .quad 0, 0x00209a0000000000;  gdtr: .word 15; .long gdt
 */
const bootCode =
  'fa31c08ed88ec08ed0bc007cfcbf001066b9000c00006631c066f3abc70600100320c70600200330c706003083000f20e00c200f' +
  '22e066b8001000000f22d866b9800000c00f3280cc010f30660f0116887c0f20c0660d010000800f22c0ea637c080066baf400b0' +
  '2aeeb0fee664f4ebfd8db42600000000000000000000000000000000009a20000f00787c0000';

/** A disk with that boot sector. SeaBIOS refuses disks of less than a cylinder, so it is 1 MiB. */
export function bootDisk(): Buffer {
  const disk = Buffer.alloc(2 ** 20);
  disk.write(bootCode, 'hex');
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/**
 * A bare aarch64 "kernel" that switches the machine off through PSCI (SYSTEM_OFF, Arm DEN0022); QEMU then exits with 0.
 *
 *     movz w0,#0x8400,lsl #16; movk w0,#8; hvc #0; 1: wfi; b 1b
 */
export const powerOffKernel = (): Buffer => Buffer.from('0080b05200018072020000d47f2003d5ffffff17', 'hex');

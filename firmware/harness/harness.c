/* Runs a generated network on a bare Cortex-M under QEMU, image after image, and measures it.

   Semihosting opens files on the host. Reads images.bin; writes outputs.bin, ticks.bin (uint32 an image, of SysTick,
   UINT32_MAX where its 24 bits did not suffice), and measures.bin: uint32 ticks of an empty call, of the
   calibration loop, and bytes of stack. */
#include <stdint.h>

#include MODEL_HEADER

#define CALIBRATION_ROUNDS 1000000u /* of a loop of three instructions */
#define PAINT 0xA5u
#define TOP 0xFFFFFFu /* of SysTick, 24 bits */
#define PASSED_ZERO 0x10000u

extern uint32_t _data_load, _data_start, _data_end, _bss_start, _bss_end, _stack_top;
int main(void);

static volatile uint32_t *const SYSTICK_CONTROL = (volatile uint32_t *)0xE000E010;
static volatile uint32_t *const SYSTICK_RELOAD = (volatile uint32_t *)0xE000E014;
static volatile uint32_t *const SYSTICK_VALUE = (volatile uint32_t *)0xE000E018;

/* Semihosting operations (Arm, "Semihosting for AArch32 and AArch64"). */
enum { OPEN = 0x01, CLOSE = 0x02, WRITE = 0x05, READ = 0x06, EXIT = 0x18 };
enum { READ_BINARY = 1, WRITE_BINARY = 5, APPLICATION_EXIT = 0x20026, RUNTIME_ERROR = 0x20023 };

static uint32_t semihosting(uint32_t operation, uint32_t argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void stop(uint32_t reason)
{
    semihosting(EXIT, reason);
    for (;;) {
    }
}

static uint32_t open(const char *name, uint32_t length, uint32_t mode)
{
    const uint32_t block[] = {(uint32_t)name, mode, length};
    const uint32_t file = semihosting(OPEN, (uint32_t)block);
    if (file == UINT32_MAX)
        stop(RUNTIME_ERROR);
    return file;
}

static uint32_t transfer(uint32_t operation, uint32_t file, void *data, uint32_t bytes) /* returns bytes left over */
{
    const uint32_t block[] = {file, (uint32_t)data, bytes};
    return semihosting(operation, (uint32_t)block);
}

static void write(uint32_t file, void *data, uint32_t bytes)
{
    if (transfer(WRITE, file, data, bytes))
        stop(RUNTIME_ERROR);
}

static int8_t input[INPUT_BYTES], output[OUTPUT_BYTES];

__attribute__((noinline)) static void nothing(const int8_t *in, int8_t *out)
{
    (void)in;
    (void)out;
    __asm__ volatile("");
}

__attribute__((noinline)) static void calibration(const int8_t *in, int8_t *out)
{
    uint32_t rounds = CALIBRATION_ROUNDS;
    (void)in;
    (void)out;
    __asm__ volatile("1: sub %0, %0, #1\n cmp %0, #0\n bne 1b" : "+l"(rounds) : : "cc");
}

__attribute__((noinline)) static uint32_t ticks_of(void (*function)(const int8_t *, int8_t *))
{
    uint32_t left;
    *SYSTICK_VALUE = 0; /* any write makes it start anew from the top, and forget that it passed the bottom */
    function(input, output);
    left = *SYSTICK_VALUE;
    return *SYSTICK_CONTROL & PASSED_ZERO ? UINT32_MAX : TOP - left;
}

static uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

int main(void)
{
    *SYSTICK_RELOAD = TOP;
    *SYSTICK_CONTROL = 5; /* on, at the core's clock, without interrupt */

    const uint32_t images = open("images.bin", 10, READ_BINARY);
    const uint32_t outputs = open("outputs.bin", 11, WRITE_BINARY);
    const uint32_t ticks = open("ticks.bin", 9, WRITE_BINARY);
    uint8_t *const limit = (uint8_t *)&_bss_end;
    uint8_t *const bottom = stack_pointer() - 64; /* ticks_of and what this loop calls stay above it */
    uint8_t *lowest = bottom;

    for (uint8_t *p = limit; p < bottom; p++)
        *p = PAINT;
    while (transfer(READ, images, input, INPUT_BYTES) == 0) {
        uint32_t taken = ticks_of(MODEL_RUN);
        write(outputs, output, OUTPUT_BYTES);
        write(ticks, &taken, sizeof taken);
    }
    for (lowest = limit; lowest < bottom && *lowest == PAINT; lowest++) {
    }

    uint32_t measures[] = {ticks_of(nothing), ticks_of(calibration), (uint32_t)(bottom + 64 - lowest)};
    const uint32_t file = open("measures.bin", 12, WRITE_BINARY);
    write(file, measures, sizeof measures);
    semihosting(CLOSE, (uint32_t)&file);
    semihosting(CLOSE, (uint32_t)&outputs);
    semihosting(CLOSE, (uint32_t)&ticks);
    stop(APPLICATION_EXIT);
    return 0;
}

static void reset(void)
{
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end; to++)
        *to = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end; to++)
        *to = 0;
    main();
}

static void fault(void)
{
    stop(RUNTIME_ERROR);
}

__attribute__((section(".vectors"), used)) static void *const vectors[] = {&_stack_top, reset, fault, fault};

/* LeNet-300-100-2.tflite in C: one function, no heap, no library. Weights stay in flash.

   input:  784 int8, shape (28, 28, 1), row by row, channels last:
           real value / INPUT_SCALE + INPUT_ZERO_POINT, rounded, within -128 to 127.
   output: 10 int8: real value = (output - OUTPUT_ZERO_POINT) * OUTPUT_SCALE.

   Write the input to lenet_300_100_input before each lenet_300_100_run(), which writes over it; the output is at
   lenet_300_100_output until the next input is written.

   RAM: LENET_300_100_SCRATCH_BYTES of static scratch, where input and output lie too, and stack:
        LENET_300_100_STACK_BYTES, measured in an emulator with the C compiled by zig's clang (cortex-m0 112, cortex-m4 88, cortex-m33 88, rv32ec 148).
   Not reentrant: one call at a time. */
#ifndef LENET_300_100_H
#define LENET_300_100_H

#include <stdint.h>

#define LENET_300_100_INPUT_BYTES 784
#define LENET_300_100_INPUT_SCALE 0.003921569f
#define LENET_300_100_INPUT_ZERO_POINT (-128)
#define LENET_300_100_OUTPUT_BYTES 10
#define LENET_300_100_OUTPUT_SCALE 0.18945312f
#define LENET_300_100_OUTPUT_ZERO_POINT (-31)
#define LENET_300_100_SCRATCH_BYTES 880
#define LENET_300_100_STACK_BYTES 148

/* From what a sensor gives to the real value of an input: (raw - RAW_OFFSET) / RAW_DIVISOR. */
#define LENET_300_100_RAW_OFFSET 0.0f
#define LENET_300_100_RAW_DIVISOR 255.0f

#ifdef __cplusplus
extern "C" {
#endif

extern int8_t *const lenet_300_100_input;
extern const int8_t *const lenet_300_100_output;
void lenet_300_100_run(void);

#ifdef __cplusplus
}
#endif

#endif
